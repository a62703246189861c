//! What files may be called, which of them are taken, and whose a loose one is.

use super::model::{Attachment, ContentType};
use crate::error::Fault;
use crate::kernel::id::{ApiKeyId, BlobId, UserId};

/// The most bytes of a file's name: so many a file may have where it is saved.
pub const LONGEST_NAME: usize = 255;
/// The most characters of what stands behind the last dot of a name, if it says what the file is.
const LONGEST_ENDING: usize = 10;

/// How the names of files end, by what they are.
const ENDINGS: &[(ContentType, &[&str])] = &[
    (ContentType::Png, &["png"]),
    (ContentType::Jpeg, &["jpg", "jpeg", "jpe", "jfif"]),
    (ContentType::Gif, &["gif"]),
    (ContentType::Webp, &["webp"]),
    (ContentType::Pdf, &["pdf"]),
    (ContentType::Docx, &["docx"]),
    (ContentType::Xlsx, &["xlsx"]),
    (ContentType::Pptx, &["pptx"]),
    (ContentType::Odt, &["odt"]),
    (ContentType::Ods, &["ods"]),
    (ContentType::Odp, &["odp"]),
    (ContentType::Doc, &["doc"]),
    (ContentType::Xls, &["xls"]),
    (ContentType::Ppt, &["ppt"]),
    (ContentType::Rtf, &["rtf"]),
    (ContentType::Text, &["txt", "text", "log", "md"]),
    (ContentType::Csv, &["csv"]),
    (ContentType::Tsv, &["tsv", "tab"]),
    (ContentType::Zip, &["zip"]),
    (ContentType::Letter, &["eml"]),
];

/// What the bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// There are none.
    Nothing,
    /// One thing.
    Exactly(ContentType),
    /// An office document of the old kind: which, only its name says.
    OldOffice,
    /// Text, which may be a table, and a letter if it begins like one.
    Text {
        /// Whether it does.
        letter: bool,
    },
    /// Something that is not taken.
    Other,
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It has no bytes.
    Empty,
    /// It is none of what is taken.
    NotAllowed,
    /// It is something else than its name says.
    Mismatch(ContentType),
}

impl Unfit {
    /// As a fault of the request.
    pub fn fault(&self, at: &str) -> Fault {
        match self {
            Self::Empty => Fault::at(at, "empty_file", "the file has no bytes"),
            Self::NotAllowed => {
                let message = "files of this kind are not taken: images, PDF, office documents \
                               without macros, plain text, tables, letters and zip archives are";
                Fault::at(at, "file_type_not_allowed", message)
            }
            Self::Mismatch(kind) => {
                let message = format!("by its bytes the file is {kind}, and not what it is called");
                Fault::at(at, "file_type_mismatch", message)
            }
        }
    }
}

/// A file's name as it is kept: without the folders that some clients put before it, without what
/// cannot be seen, and without what is cut off where files are saved. None if nothing is left.
pub fn plain_name(written: &str) -> Option<String> {
    let name = written.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = name.chars().filter(|letter| !letter.is_control() && !turns(*letter));
    let name: String = shown.collect();
    let cut_off = |letter: char| letter == '.' || letter.is_whitespace();
    let name = name.trim_start().trim_end_matches(cut_off);
    (!name.trim_start_matches('.').is_empty()).then(|| name.to_string())
}

/// Whether a letter is not seen, and has others be read in another order than they are written.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// What stands behind the last dot of a name, in small letters, if it says what the file is.
fn ending(name: &str) -> Option<String> {
    let (_, ending) = name.rsplit_once('.')?;
    let fits = (1..=LONGEST_ENDING).contains(&ending.len())
        && ending.bytes().all(|letter| letter.is_ascii_alphanumeric());
    fits.then(|| ending.to_ascii_lowercase())
}

/// What a file of this name is, by its bytes.
pub fn settle(seen: Seen, name: &str) -> Result<ContentType, Unfit> {
    let ending = ending(name);
    let named = ending.as_deref().map(|ending| {
        let known = ENDINGS.iter().find(|(_, endings)| endings.contains(&ending));
        known.map(|(kind, _)| *kind)
    });
    let among = |kinds: &[ContentType], usual: Option<ContentType>| match named {
        None => usual.ok_or(Unfit::NotAllowed),
        Some(Some(kind)) if kinds.contains(&kind) => Ok(kind),
        Some(Some(_)) => {
            let found = usual.or_else(|| kinds.first().copied());
            Err(found.map_or(Unfit::NotAllowed, Unfit::Mismatch))
        }
        Some(None) => Err(Unfit::NotAllowed),
    };
    match seen {
        Seen::Nothing => Err(Unfit::Empty),
        Seen::Exactly(kind) => among(&[kind], Some(kind)),
        Seen::OldOffice => among(&[ContentType::Doc, ContentType::Xls, ContentType::Ppt], None),
        Seen::Text { letter } => {
            let kinds =
                [ContentType::Text, ContentType::Csv, ContentType::Tsv, ContentType::Letter];
            let kinds = if letter { kinds.as_slice() } else { kinds.get(..3).unwrap_or_default() };
            among(kinds, Some(ContentType::Text))
        }
        Seen::Other => Err(Unfit::NotAllowed),
    }
}

/// Who is at a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hand {
    /// A person.
    pub user_id: Option<UserId>,
    /// A key.
    pub api_key_id: Option<ApiKeyId>,
}

impl Hand {
    /// Whether it uploaded the file.
    pub fn uploaded(&self, file: &Attachment) -> bool {
        let person = self.user_id.is_some() && self.user_id == file.user_id;
        person || (self.api_key_id.is_some() && self.api_key_id == file.api_key_id)
    }

    /// Whether it knows of the file: of a loose one, whoever uploaded it.
    pub fn knows(&self, file: &Attachment) -> bool {
        file.note_id.is_some() || self.uploaded(file)
    }
}

/// Where the bytes of a content are kept: by their digest, and by the id under which they came, which
/// is never used again.
pub fn place(digest: &[u8], id: BlobId) -> String {
    let digits = hex(digest);
    let (first, rest) = digits.split_at_checked(2).unwrap_or(("00", &digits));
    format!("{first}/{rest}-{}", id.uuid().simple())
}

/// As hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::{AttachmentId, CompanyId, NoteId};
    use crate::kernel::time::Instant;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_kept_as_it_was_written_but_for_what_is_no_name() {
        for (written, kept) in [
            ("Angebot für Bolt (2).pdf", Some("Angebot für Bolt (2).pdf")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Users\\Ada\\list.csv", Some("list.csv")),
            ("a\r\nSet-Cookie: b.txt", Some("aSet-Cookie: b.txt")),
            ("\u{202e}fdp.exe.png", Some("fdp.exe.png")),
            ("report.pdf. . ", Some("report.pdf")),
            (".env", Some(".env")),
            ("日本.png", Some("日本.png")),
            ("..", None),
            ("a/..", None),
            ("/", None),
            ("", None),
            (" \t\0", None),
        ] {
            assert_eq!(plain_name(written).as_deref(), kept, "{written:?}");
        }
    }

    #[test]
    fn a_file_is_what_its_bytes_are_if_its_name_agrees() {
        use ContentType::*;
        let (text, letter) = (Seen::Text { letter: false }, Seen::Text { letter: true });
        for (seen, name, found) in [
            (Seen::Exactly(Png), "a.PNG", Ok(Png)),
            (Seen::Exactly(Png), "a", Ok(Png)),
            (Seen::Exactly(Png), "Minutes of 3.5 days", Ok(Png)),
            (Seen::Exactly(Png), "a.jpg", Err(Unfit::Mismatch(Png))),
            (Seen::Exactly(Png), "a.png.exe", Err(Unfit::NotAllowed)),
            (Seen::Exactly(Docx), "a.docx", Ok(Docx)),
            (Seen::Exactly(Docx), "a.zip", Err(Unfit::Mismatch(Docx))),
            (Seen::Exactly(Docx), "a.docm", Err(Unfit::NotAllowed)),
            (Seen::Exactly(Zip), "a.docx", Err(Unfit::Mismatch(Zip))),
            (Seen::OldOffice, "a.xls", Ok(Xls)),
            (Seen::OldOffice, "a", Err(Unfit::NotAllowed)),
            (Seen::OldOffice, "a.pdf", Err(Unfit::Mismatch(Doc))),
            (Seen::OldOffice, "a.msi", Err(Unfit::NotAllowed)),
            (text, "a", Ok(Text)),
            (text, "a.csv", Ok(Csv)),
            (text, "a.eml", Err(Unfit::Mismatch(Text))),
            (text, "a.png", Err(Unfit::Mismatch(Text))),
            (text, "a.html", Err(Unfit::NotAllowed)),
            (text, "a.svg", Err(Unfit::NotAllowed)),
            (letter, "a.eml", Ok(Letter)),
            (letter, "a.txt", Ok(Text)),
            (Seen::Nothing, "a.txt", Err(Unfit::Empty)),
            (Seen::Other, "a.txt", Err(Unfit::NotAllowed)),
        ] {
            assert_eq!(settle(seen, name), found, "{seen:?} {name}");
        }
    }

    #[test]
    fn every_type_has_endings_and_every_ending_one_type() {
        let mut endings: Vec<&str> =
            ENDINGS.iter().flat_map(|(_, all)| all.iter().copied()).collect();
        let many = endings.len();
        endings.sort_unstable();
        endings.dedup();
        assert_eq!(endings.len(), many);
        assert!(endings.iter().all(|it| ending(&format!("a.{it}")).as_deref() == Some(*it)));
        for kind in ContentType::ALL {
            assert!(ENDINGS.iter().any(|(known, _)| known == kind), "{kind}");
        }
    }

    #[test]
    fn a_loose_file_is_known_to_whoever_uploaded_it() {
        let ada = Hand { user_id: Some(UserId::new()), api_key_id: None };
        let key = Hand { user_id: None, api_key_id: Some(ApiKeyId::new()) };
        let nobody = Hand { user_id: None, api_key_id: None };
        let of = |by: Hand, note_id| Attachment {
            id: AttachmentId::new(),
            company_id: CompanyId::new(),
            blob_id: BlobId::new(),
            name: "a.txt".into(),
            content_type: ContentType::Text,
            size_bytes: 1,
            digest: vec![1; 32],
            user_id: by.user_id,
            api_key_id: by.api_key_id,
            note_id,
            place: 0,
            created_at: Instant::from_micros(0),
        };
        for (by, other) in [(ada, key), (key, ada), (ada, nobody), (nobody, nobody)] {
            assert_eq!(by.knows(&of(by, None)), by != nobody);
            assert!(!other.knows(&of(by, None)));
            let tied = of(by, Some(NoteId::new()));
            assert!(other.knows(&tied) && !other.uploaded(&tied));
        }
    }

    #[test]
    fn a_place_is_a_folder_and_a_name_of_digits() {
        let id = BlobId::new();
        let place = place(&[0xab; 32], id);
        assert!(place.starts_with("ab/abab") && place.len() == 98, "{place}");
        assert_ne!(place, super::place(&[0xab; 32], BlobId::new()));
    }

    proptest! {
        #[test]
        fn no_name_leads_anywhere(written: String) {
            if let Some(name) = plain_name(&written) {
                prop_assert!(!name.is_empty() && name != "." && name != "..");
                prop_assert!(!name.contains(['/', '\\', '\0', '\n', '\r']));
                prop_assert!(written.contains(name.chars().next().unwrap()));
                let again = plain_name(&name);
                prop_assert_eq!(again.as_deref(), Some(name.as_str()));
            }
        }
    }
}
