//! `entente openapi`: the document, printed or compared.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

/// Prints the document, or compares it with a file.
pub fn run(check: Option<&Path>) -> anyhow::Result<ExitCode> {
    let document = crate::app::document_text();
    let Some(path) = check else {
        print!("{document}");
        return Ok(ExitCode::SUCCESS);
    };
    let kept = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    if kept == document {
        println!("{} is the document of this build", path.display());
        return Ok(ExitCode::SUCCESS);
    }
    let pairs = kept.lines().zip(document.lines());
    let first = pairs.take_while(|(left, right)| left == right).count() + 1;
    eprintln!(
        "{} differs from this build from line {first} on; renew it with: entente openapi > {}",
        path.display(),
        path.display()
    );
    Ok(ExitCode::FAILURE)
}
