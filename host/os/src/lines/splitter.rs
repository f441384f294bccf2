//! Bytes in, whole lines out.

/// Bytes of a line before it is split (8 KiB).
pub const DEFAULT_LIMIT: usize = 8 * 1024;

/// Cuts one stream of bytes into lines, without a copy where a line arrives whole.
///
/// Lines end with LF or CR LF. A line longer than the limit comes in parts; a part does not end within a
/// character. What comes out depends on the bytes alone, never on how they were divided into writes.
#[derive(Debug)]
pub struct Lines {
    limit: usize,
    /// The beginning of a line whose end has not come. At most `limit + 2` bytes.
    partial: Vec<u8>,
    /// Whether a part of the current line has been given out.
    split: bool,
}

/// A line or a part of one, as raw bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) begins: bool,
    pub(super) ends: bool,
}

impl Lines {
    /// Lines of at most `limit` bytes; a limit below 4 counts as 4, the bytes of the longest character.
    pub fn new(limit: usize) -> Self {
        Self { limit: limit.max(4), partial: Vec::new(), split: false }
    }

    /// Takes `bytes` and calls `each` for every line that they complete, and for every part that is full.
    pub(super) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Piece<'_>)) {
        for segment in bytes.split_inclusive(|byte| *byte == b'\n') {
            match segment.split_last() {
                Some((b'\n', line)) => self.end(line, &mut each),
                _ => self.keep(segment, &mut each),
            }
        }
    }

    /// Gives out what has come of a line whose end will not come.
    pub(super) fn finish(&mut self, mut each: impl FnMut(Piece<'_>)) {
        if !self.partial.is_empty() {
            each(Piece { bytes: &self.partial, begins: !self.split, ends: true });
        }
        self.partial = Vec::new();
        self.split = false;
    }

    /// The rest of a line has come.
    fn end(&mut self, rest: &[u8], each: &mut impl FnMut(Piece<'_>)) {
        if self.partial.is_empty() && !self.split && without_cr(rest).len() <= self.limit {
            each(Piece { bytes: without_cr(rest), begins: true, ends: true });
            return;
        }
        self.keep(rest, each);
        each(Piece { bytes: without_cr(&self.partial), begins: !self.split, ends: true });
        self.partial.clear();
        self.split = false;
    }

    /// Keeps `bytes`, which have no line end in them, and gives out parts while more than one part is there.
    fn keep(&mut self, mut bytes: &[u8], each: &mut impl FnMut(Piece<'_>)) {
        while !bytes.is_empty() {
            let room = (self.limit + 2).saturating_sub(self.partial.len()).min(bytes.len());
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.partial.extend_from_slice(now);
            bytes = later;
            // One byte past the limit tells that the line is too long, unless it is a CR: then the next. One
            // cut may not be enough, if it was before a character that is itself as long as the limit.
            while without_cr(&self.partial).len() > self.limit {
                self.cut(each);
            }
        }
    }

    /// Gives out a part of at most `limit` bytes.
    fn cut(&mut self, each: &mut impl FnMut(Piece<'_>)) {
        let at = boundary(&self.partial, self.limit);
        let (part, _) = self.partial.split_at_checked(at).unwrap_or((&self.partial, &[]));
        each(Piece { bytes: part, begins: !self.split, ends: false });
        self.partial.drain(..at.min(self.partial.len()));
        self.split = true;
    }
}

impl Default for Lines {
    fn default() -> Self {
        Self::new(DEFAULT_LIMIT)
    }
}

fn without_cr(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// The last index up to `limit` at which `bytes` can be cut without cutting a character.
fn boundary(bytes: &[u8], limit: usize) -> usize {
    let continues = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000);
    // A character has at most three bytes after its first; more than that is no character anyway.
    (limit.saturating_sub(3)..=limit).rev().find(|at| !continues(*at)).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Owned = (Vec<u8>, bool, bool);

    /// Everything that comes out when `chunks` are pushed one after the other.
    fn run<'a>(limit: usize, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Owned> {
        let mut lines = Lines::new(limit);
        let mut out = Vec::new();
        let mut take = |piece: Piece<'_>| out.push((piece.bytes.to_vec(), piece.begins, piece.ends));
        for chunk in chunks {
            lines.push(chunk, &mut take);
            assert!(lines.partial.len() <= limit + 2);
        }
        lines.finish(&mut take);
        out
    }

    fn texts(limit: usize, input: &str) -> Vec<String> {
        let show = |(bytes, begins, ends): Owned| {
            let (before, after) = (if begins { "" } else { "<" }, if ends { "" } else { ">" });
            format!("{before}{}{after}", String::from_utf8(bytes).unwrap())
        };
        run(limit, [input.as_bytes()]).into_iter().map(show).collect()
    }

    #[test]
    fn lines_end_with_lf_or_crlf_and_a_partial_one_at_the_end() {
        assert_eq!(texts(8, "one\ntwo\r\n\n\r\nlast"), ["one", "two", "", "", "last"]);
        assert_eq!(texts(8, ""), [""; 0]);
        assert_eq!(texts(8, "a\rb\r"), ["a\rb\r"]);
    }

    #[test]
    fn a_line_of_just_the_limit_is_whole() {
        assert_eq!(texts(8, "12345678\n"), ["12345678"]);
        assert_eq!(texts(8, "12345678\r\n"), ["12345678"]);
        assert_eq!(texts(8, "12345678"), ["12345678"]);
    }

    #[test]
    fn a_longer_line_comes_in_parts_that_are_marked() {
        assert_eq!(texts(8, "123456789\nx\n"), ["12345678>", "<9", "x"]);
        assert_eq!(texts(8, "12345678123456781\n"), ["12345678>", "<12345678>", "<1"]);
        assert_eq!(texts(8, "1234567812345678\n"), ["12345678>", "<12345678"]);
        assert_eq!(texts(8, "12345678\rx\n"), ["12345678>", "<\rx"]);
    }

    #[test]
    fn a_part_does_not_end_within_a_character() {
        assert_eq!(texts(8, "1234567é9\n"), ["1234567>", "<é9"]);
        assert_eq!(texts(8, "12345\u{1f600}9\n"), ["12345>", "<\u{1f600}9"]);
        assert_eq!(texts(8, "1234\u{1f600}9\n"), ["1234\u{1f600}>", "<9"]);
        assert_eq!(texts(4, "a\u{1f600}b\n"), ["a>", "<\u{1f600}>", "<b"]);
        // Continuation bytes without a beginning are cut where the limit is.
        let out = run(8, [&[0x80; 20][..]]);
        assert_eq!(out.iter().map(|(bytes, ..)| bytes.len()).collect::<Vec<_>>(), [8, 8, 4]);
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![4 => any::<u8>(), 2 => Just(b'\n'), 2 => Just(b'\r'), 4 => Just(b'a'), 3 => 0x80..0xc0u8];
        proptest::collection::vec(byte, 0..120)
    }

    proptest! {
        #[test]
        fn how_bytes_are_divided_into_writes_does_not_show(
            input in bytes(), limit in 4..12usize, sizes in proptest::collection::vec(1..9usize, 1..60)
        ) {
            let whole = run(limit, [&input[..]]);
            let mut chunks = Vec::new();
            let mut rest = &input[..];
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (now, later) = rest.split_at((*size).min(rest.len()));
                chunks.push(now);
                rest = later;
            }
            prop_assert_eq!(&run(limit, chunks), &whole);
            prop_assert_eq!(&run(limit, input.chunks(1)), &whole);
        }

        #[test]
        fn parts_are_within_the_limit_and_join_to_the_lines_that_went_in(input in bytes(), limit in 4..12usize) {
            let mut joined: Vec<Vec<u8>> = Vec::new();
            let mut open = false;
            for (bytes, begins, ends) in run(limit, [&input[..]]) {
                // At the very end a CR may still wait for its LF.
                prop_assert!(bytes.strip_suffix(b"\r").unwrap_or(&bytes).len() <= limit);
                prop_assert!(ends || !bytes.is_empty());
                prop_assert_eq!(begins, !open);
                if begins {
                    joined.push(Vec::new());
                }
                joined.last_mut().unwrap().extend(bytes);
                open = !ends;
            }
            prop_assert!(!open);
            let mut wanted: Vec<Vec<u8>> = input.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            let last = wanted.pop().unwrap();
            for line in &mut wanted {
                if line.ends_with(b"\r") {
                    line.pop();
                }
            }
            wanted.extend((!last.is_empty()).then_some(last));
            prop_assert_eq!(joined, wanted);
        }
    }
}
