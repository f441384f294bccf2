//! `Accept-Encoding` (RFC 9110 section 12.5.3).

use http::header::HeaderValue;

use super::Coding;

/// The coding that a client likes best of those there are; brotli where it likes both the same.
pub(crate) fn choose(accept: &HeaderValue) -> Option<Coding> {
    let (mut brotli, mut gzip, mut others) = (None, None, None);
    for part in accept.as_bytes().split(|byte| *byte == b',') {
        let mut fields = part.split(|byte| *byte == b';');
        let name = fields.next().unwrap_or_default().trim_ascii();
        let quality = quality(fields);
        if name.eq_ignore_ascii_case(b"br") {
            brotli = Some(quality);
        } else if name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip") {
            gzip = Some(quality);
        } else if name == b"*" {
            others = Some(quality);
        }
    }
    let brotli = brotli.or(others).unwrap_or(0);
    let gzip = gzip.or(others).unwrap_or(0);
    match (brotli, gzip) {
        (0, 0) => None,
        (brotli, gzip) if brotli >= gzip => Some(Coding::Brotli),
        _ => Some(Coding::Gzip),
    }
}

/// Thousandths; 1,000 where nothing is said, 0 for what cannot be read.
fn quality<'a>(mut fields: impl Iterator<Item = &'a [u8]>) -> u16 {
    let value = fields.find_map(|field| {
        let field = field.trim_ascii();
        field.strip_prefix(b"q=").or_else(|| field.strip_prefix(b"Q="))
    });
    let Some(value) = value else { return 1000 };
    let number = std::str::from_utf8(value).ok().and_then(|text| text.parse::<f32>().ok());
    match number {
        // In range, so the cast is exact to the digit.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Some(number) if (0.0..=1.0).contains(&number) => (number * 1000.0) as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_is_chosen() {
        for (accept, expected) in [
            ("gzip", Some(Coding::Gzip)),
            ("GZIP", Some(Coding::Gzip)),
            ("gzip, deflate, br", Some(Coding::Brotli)),
            ("gzip;q=1.0, br;q=0.5", Some(Coding::Gzip)),
            ("br;q=0, gzip;q=0.1", Some(Coding::Gzip)),
            ("br ; q=0.8 , gzip ; q=0.8", Some(Coding::Brotli)),
            ("*", Some(Coding::Brotli)),
            ("*, br;q=0", Some(Coding::Gzip)),
            ("*;q=0", None),
            ("identity, deflate, zstd", None),
            ("gzip;q=0", None),
            ("gzip;q=abc", None),
            ("", None),
        ] {
            assert_eq!(choose(&HeaderValue::from_static(accept)), expected, "{accept}");
        }
    }
}
