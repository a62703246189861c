//! What a return's own id stands for: for which item, and for what.

use aws_lc_rs::digest;

use super::line::{ItemChange, Line};
use crate::kernel::id::ItemId;

/// A return's own id, for one item or the whole action, and what is asked for under it.
pub struct Reference {
    /// The return, and the item or that of the whole action.
    pub key: (String, ItemId),
    /// The digest of what is asked for.
    pub digest: Vec<u8>,
}

impl Reference {
    /// That of a line, if it has one.
    pub fn of(line: &Line, target: ItemId) -> Option<Self> {
        let external_ref = line.external_ref.as_ref()?;
        Some(Self { key: (external_ref.clone(), target), digest: asked(line) })
    }
}

/// The digest of all a line asks for; its note and the way it names the action do not count.
fn asked(line: &Line) -> Vec<u8> {
    let Line { operation, reason, figures, currency, allow_increase, items, .. } = line;
    let quantity = figures.quantity.map(|quantity| quantity.to_string());
    let parts = [
        Some(operation.as_str()),
        reason.as_deref(),
        figures.amount.as_deref(),
        figures.amount_delta.as_deref(),
        quantity.as_deref(),
        currency.as_ref().map(|currency| currency.as_str()),
        Some("increase").filter(|_| *allow_increase == Some(true)),
    ];
    let mut digest = digest::Context::new(&digest::SHA256);
    let mut add = |part: Option<&str>| {
        // The unit separator cannot occur in a cell: what is absent differs from what is empty.
        digest.update(part.map_or("\u{1f}-".into(), |part| format!("\u{1f}+{part}")).as_bytes());
    };
    parts.into_iter().for_each(&mut add);
    for ItemChange { item, operation, figures } in items {
        let (item, quantity) = (item.to_string(), figures.quantity.map(|many| many.to_string()));
        add(Some(&item));
        add(Some(operation.as_str()));
        add(figures.amount.as_deref());
        add(figures.amount_delta.as_deref());
        add(quantity.as_deref());
    }
    digest.finish().as_ref().to_vec()
}
