//! Text that can be shown.

use std::borrow::Cow;
use std::fmt::Write;

/// `bytes` as text with nothing in it that a terminal or a log reader acts on.
///
/// Bytes that are not UTF-8 become U+FFFD. Control characters become visible: `\r`, `\x1b`, `\u{202e}`. Those
/// are C0 and C1 (an ESC or CSI starts a terminal command, a line feed a new entry in a log), the line and
/// paragraph separators (line ends to some log readers), and the marks that turn the direction of writing
/// (with which a text can show other characters than it has). A tab stays: it only moves to the right.
///
/// ```
/// use appsvc_os::lines::harmless;
/// assert_eq!(harmless(b"a\tb \x1b[2J"), "a\tb \\x1b[2J");
/// ```
pub fn harmless(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if !text.chars().any(acts) {
        return text;
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\r' => safe.push_str("\\r"),
            '\n' => safe.push_str("\\n"),
            c if acts(c) && c.is_ascii() => {
                // Writing to a String cannot fail.
                let _ = write!(safe, "\\x{:02x}", u32::from(c));
            }
            c if acts(c) => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Whether a character does something other than being shown.
fn acts(character: char) -> bool {
    match character {
        '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' => true, // marks of direction
        '\u{2028}'..='\u{202e}' => true,             // line and paragraph separator, embeddings, overrides
        '\u{2066}'..='\u{2069}' => true,             // isolates
        c => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_text_is_passed_on_without_a_copy() {
        assert!(matches!(harmless("naïve – 日本語 \u{1f600}\t.".as_bytes()), Cow::Borrowed(_)));
    }

    #[test]
    fn what_acts_is_made_visible() {
        for (bytes, text) in [
            (&b"\x1b]0;owned\x07"[..], "\\x1b]0;owned\\x07"),
            (b"100%\rdone", "100%\\rdone"),
            (b"a\nb", "a\\nb"),
            (b"\0\x7f\x08", "\\x00\\x7f\\x08"),
            ("\u{9b}2J \u{85}".as_bytes(), "\\u{9b}2J \\u{85}"),
            ("\u{202e}txt.exe \u{2067} \u{2028}".as_bytes(), "\\u{202e}txt.exe \\u{2067} \\u{2028}"),
            (b"\xff\xc3(", "\u{fffd}\u{fffd}("),
        ] {
            assert_eq!(harmless(bytes), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_that_acts_is_left(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = harmless(&bytes);
            prop_assert!(!text.chars().any(|c| c != '\t' && c.is_control()), "{text:?}");
            prop_assert_eq!(harmless(text.as_bytes()), text.as_ref());
            prop_assert!(text.len() <= bytes.len() * 4);
        }
    }
}
