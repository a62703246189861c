//! What a file is, by its bytes and by nothing else. It is read where it lies, a piece at a time.

use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{DecoderResult, Encoding, UTF_8, WINDOWS_1252};

use super::model::ContentType;
use super::rules::Seen;

/// How many bytes of the beginning are looked at.
const HEAD: usize = 8 * 1024;
/// How many bytes of text are decoded at once.
const PIECE: usize = 64 * 1024;
/// Where the list of an archive's files is told, at most so far from its end.
const FROM_THE_END: u64 = 22 + 0xffff;
/// The most bytes of that list that are read.
const LONGEST_LIST: u32 = 1 << 20;
/// What is told where a list is too long to be told here.
const ELSEWHERE: u32 = u32::MAX;

/// What files of one kind begin with.
const BEGINNINGS: &[(&[u8], ContentType)] = &[
    (b"\x89PNG\r\n\x1a\n", ContentType::Png),
    (b"\xff\xd8\xff", ContentType::Jpeg),
    (b"GIF87a", ContentType::Gif),
    (b"GIF89a", ContentType::Gif),
    (b"%PDF-", ContentType::Pdf),
    (b"{\\rtf", ContentType::Rtf),
];
/// The folder by which an office document of the new kind is known.
const PARTS: &[(&str, ContentType)] =
    &[("word/", ContentType::Docx), ("xl/", ContentType::Xlsx), ("ppt/", ContentType::Pptx)];
/// What such a document has a list of itself in.
const LIST_OF_PARTS: &str = "[Content_Types].xml";
/// Where it has macros.
const MACROS: &str = "vbaproject.bin";
/// Open documents say themselves what they are, first of all.
const OPEN: &[ContentType] = &[ContentType::Odt, ContentType::Ods, ContentType::Odp];

/// What the bytes of a file say.
pub(super) fn look(file: &mut (impl Read + Seek)) -> io::Result<Seen> {
    let mut head = Vec::with_capacity(HEAD);
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(u64::try_from(HEAD).unwrap_or(u64::MAX)).read_to_end(&mut head)?;
    if head.is_empty() {
        return Ok(Seen::Nothing);
    }
    let known = BEGINNINGS.iter().find(|(beginning, _)| head.starts_with(beginning));
    if let Some((_, kind)) = known {
        return Ok(Seen::Exactly(*kind));
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Ok(Seen::Exactly(ContentType::Webp));
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Ok(Seen::OldOffice);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return archive(file, &head);
    }
    text(file, &head)
}

/// What an archive is: a document, or just an archive.
fn archive(file: &mut (impl Read + Seek), head: &[u8]) -> io::Result<Seen> {
    let Some(names) = names(file)? else { return Ok(Seen::Other) };
    if let Some(said) = said_by_itself(head) {
        let open = OPEN.iter().find(|kind| kind.as_str().as_bytes() == said);
        return Ok(open.map_or(Seen::Exactly(ContentType::Zip), |kind| Seen::Exactly(*kind)));
    }
    if !names.iter().any(|name| name == LIST_OF_PARTS) {
        return Ok(Seen::Exactly(ContentType::Zip));
    }
    if names.iter().any(|name| name.to_ascii_lowercase().ends_with(MACROS)) {
        return Ok(Seen::Other);
    }
    let of = |folder: &str| names.iter().any(|name| name.starts_with(folder));
    let found = PARTS.iter().find(|(folder, _)| of(folder));
    Ok(Seen::Exactly(found.map_or(ContentType::Zip, |(_, kind)| *kind)))
}

/// The names of the files in an archive; none if it has no list of them. Of a list that is too long to
/// be read no name is given.
fn names(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<String>>> {
    let size = file.seek(SeekFrom::End(0))?;
    let from = size.saturating_sub(FROM_THE_END);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.by_ref().take(FROM_THE_END).read_to_end(&mut tail)?;
    let Some(at) = tail.windows(4).rposition(|four| four == b"PK\x05\x06") else {
        return Ok(None);
    };
    let (Some(length), Some(begin)) = (number(&tail, at + 12), number(&tail, at + 16)) else {
        return Ok(None);
    };
    if length > LONGEST_LIST || begin == ELSEWHERE {
        return Ok(Some(Vec::new()));
    }
    if u64::from(begin) + u64::from(length) > size {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(begin.into()))?;
    let mut list = Vec::new();
    file.by_ref().take(length.into()).read_to_end(&mut list)?;
    Ok(read_names(&list))
}

/// The names in a list; none if it is no list.
fn read_names(mut list: &[u8]) -> Option<Vec<String>> {
    let mut names = Vec::new();
    while !list.is_empty() {
        if !list.starts_with(b"PK\x01\x02") {
            return None;
        }
        let [name, extra, comment] = [short(list, 28)?, short(list, 30)?, short(list, 32)?];
        names.push(String::from_utf8_lossy(list.get(46..46 + name)?).into_owned());
        list = list.get(46 + name + extra + comment..)?;
    }
    Some(names)
}

/// What an archive's first file says, if that is one that says what it is.
fn said_by_itself(head: &[u8]) -> Option<&[u8]> {
    let length = usize::try_from(number(head, 18)?).ok()?;
    let (name, extra) = (short(head, 26)?, short(head, 28)?);
    (head.get(30..30 + name)? == b"mimetype").then_some(())?;
    let begin = 30 + name + extra;
    head.get(begin..begin.checked_add(length)?)
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(usize::from(u16::from_le_bytes(two)))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_le_bytes(four))
}

/// Text is what can be decoded and has nothing in it that is not written: in UTF-8, in UTF-16 with a byte
/// order mark, or else as it is written in the West.
fn text(file: &mut (impl Read + Seek), head: &[u8]) -> io::Result<Seen> {
    let marked = Encoding::for_bom(head).map(|(encoding, _)| encoding);
    let encodings: &[&'static Encoding] = match &marked {
        Some(encoding) => &[encoding],
        None => &[UTF_8, WINDOWS_1252],
    };
    for encoding in encodings {
        if is_text(file, encoding)? {
            return Ok(Seen::Text { letter: begins_like_a_letter(head) });
        }
    }
    Ok(Seen::Other)
}

/// Whether a whole file is text of an encoding.
fn is_text(file: &mut (impl Read + Seek), encoding: &'static Encoding) -> io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let mut decoder = encoding.new_decoder();
    let (mut piece, mut decoded) = (vec![0; PIECE], String::new());
    loop {
        let read = file.read(&mut piece)?;
        let bytes = piece.get(..read).unwrap_or_default();
        let room = decoder.max_utf8_buffer_length_without_replacement(read).unwrap_or(4 * PIECE);
        decoded.clear();
        decoded.reserve(room);
        let (done, _) =
            decoder.decode_to_string_without_replacement(bytes, &mut decoded, read == 0);
        if done != DecoderResult::InputEmpty || decoded.contains(unwritten) {
            return Ok(false);
        }
        if read == 0 {
            return Ok(true);
        }
    }
}

fn unwritten(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\u{c}')
}

/// Whether a text begins with the fields of a letter (RFC 5322): whom it is from, and another one.
fn begins_like_a_letter(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    let (mut from, mut others) = (false, 0_usize);
    for line in head.lines().take_while(|line| !line.trim_end().is_empty()) {
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((field, _)) = line.split_once(':') else { return false };
        if field.is_empty() || !field.bytes().all(|byte| byte.is_ascii_graphic()) {
            return false;
        }
        match field.to_ascii_lowercase().as_str() {
            "from" => from = true,
            "date" | "subject" | "to" | "message-id" | "received" | "mime-version" => others += 1,
            _ => {}
        }
    }
    from && others > 0
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn seen(bytes: &[u8]) -> Seen {
        look(&mut Cursor::new(bytes)).unwrap()
    }

    /// An archive of empty files, but for the first one.
    pub fn zip(first: &[u8], names: &[&str]) -> Vec<u8> {
        let four = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
        let two = |length: usize| u16::try_from(length).unwrap().to_le_bytes();
        let (mut whole, mut list) = (Vec::new(), Vec::new());
        for (number, name) in names.iter().enumerate() {
            let content = if number == 0 { first } else { b"" };
            let (at, name_length) = (four(whole.len()), two(name.len()));
            let sizes = [four(content.len()), four(content.len())].concat();
            whole.extend(
                [b"PK\x03\x04".as_slice(), &[0; 14], &sizes, &name_length, &[0; 2]].concat(),
            );
            whole.extend([name.as_bytes(), content].concat());
            list.extend(
                [b"PK\x01\x02".as_slice(), &[0; 16], &sizes, &name_length, &[0; 12]].concat(),
            );
            list.extend([at.as_slice(), name.as_bytes()].concat());
        }
        let (begin, length) = (four(whole.len()), four(list.len()));
        whole.extend(list);
        let count = two(names.len());
        whole.extend([b"PK\x05\x06".as_slice(), &[0; 4], &count, &count].concat());
        whole.extend([length, begin].concat());
        whole.extend([0; 2]);
        whole
    }

    #[test]
    fn each_kind_is_known_by_its_bytes() {
        use ContentType::*;
        let office = |folder: &str| zip(b"", &[LIST_OF_PARTS, folder]);
        let odt = zip(b"application/vnd.oasis.opendocument.text", &["mimetype", "content.xml"]);
        let letter = "Received: by x\r\n\tlater\r\nFrom: a@b.example\r\nSubject: x\r\n\r\nHello";
        for (bytes, found) in [
            (b"\x89PNG\r\n\x1a\n\0\0".to_vec(), Seen::Exactly(Png)),
            (b"\xff\xd8\xff\xe0".to_vec(), Seen::Exactly(Jpeg)),
            (b"GIF89a\x01".to_vec(), Seen::Exactly(Gif)),
            (b"RIFF\0\0\0\0WEBPVP8 ".to_vec(), Seen::Exactly(Webp)),
            (b"%PDF-1.7\n\x80".to_vec(), Seen::Exactly(Pdf)),
            (b"{\\rtf1 x}".to_vec(), Seen::Exactly(Rtf)),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0".to_vec(), Seen::OldOffice),
            (office("word/document.xml"), Seen::Exactly(Docx)),
            (office("xl/workbook.xml"), Seen::Exactly(Xlsx)),
            (office("ppt/presentation.xml"), Seen::Exactly(Pptx)),
            (office("other/x.xml"), Seen::Exactly(Zip)),
            (zip(b"", &[LIST_OF_PARTS, "word/x.xml", "word/vbaProject.bin"]), Seen::Other),
            (odt, Seen::Exactly(Odt)),
            (zip(b"application/epub+zip", &["mimetype"]), Seen::Exactly(Zip)),
            (zip(b"", &["a.txt"]), Seen::Exactly(Zip)),
            (zip(b"", &[]), Seen::Exactly(Zip)),
            (b"PK\x03\x04 and no list".to_vec(), Seen::Other),
            (letter.as_bytes().to_vec(), Seen::Text { letter: true }),
            (b"From: x\r\nno field\r\n".to_vec(), Seen::Text { letter: false }),
            (b"a,b\n1,2\n".to_vec(), Seen::Text { letter: false }),
            ("Grüße".as_bytes().to_vec(), Seen::Text { letter: false }),
            (b"Gr\xfc\xdfe \x80 5".to_vec(), Seen::Text { letter: false }),
            (b"\xff\xfea\0b\0".to_vec(), Seen::Text { letter: false }),
            (b"\xfe\xff\0a\0\n".to_vec(), Seen::Text { letter: false }),
            (b"\xff\xfea\0b".to_vec(), Seen::Other),
            (b"a\0b".to_vec(), Seen::Other),
            (b"a\x1b[31m".to_vec(), Seen::Other),
            (b"\x7fELF\x02\x01\x01".to_vec(), Seen::Other),
            (b"MZ\x90\0".to_vec(), Seen::Other),
            (b"".to_vec(), Seen::Nothing),
        ] {
            assert_eq!(seen(&bytes), found, "{:?}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn what_is_not_text_is_found_behind_a_long_beginning_that_is() {
        let mut long = "é, ".repeat(60_000).into_bytes();
        assert_eq!(seen(&long), Seen::Text { letter: false });
        long.push(0);
        assert_eq!(seen(&long), Seen::Other);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(
            bytes: Vec<u8>, kind in prop::sample::select(vec![&b"PK\x03\x04"[..], b"PK\x05\x06", b""]),
        ) {
            seen(&[kind, &bytes].concat());
        }

        #[test]
        fn no_cut_and_no_slip_makes_it_fail(end in 0_usize..400, at in 0_usize..400, byte: u8) {
            let mut whole = zip(b"application/vnd.oasis.opendocument.text", &["mimetype", "a", "b/c"]);
            let (at, end) = (at % whole.len(), end % whole.len());
            whole[at] = byte;
            seen(&whole);
            seen(&whole[..end]);
        }
    }
}
