//! Functions of sources in fixed point.

use crate::writer::Language;

/// The functions that steps call.
pub(super) fn helpers(language: Language, prefix: &str, has_root: bool) -> String {
    let (rounded, root) = match language {
        Language::Rust => (ROUNDED_RUST, ROOT_RUST),
        Language::C => (ROUNDED_C, ROOT_C),
    };
    let root = if has_root { root } else { "" };
    (rounded.to_owned() + root).replace("PREFIX_", prefix)
}

const ROUNDED_RUST: &str = "
/// `sum factor / 2^shift + zero`, rounded, between two numbers.
fn rounded(sum: i64, factor: i32, shift: u8, zero: i32, low: i32, high: i32) -> i32 {
    let whole = ((sum * factor as i64 + (1 << (shift - 1))) >> shift) + zero as i64;
    if whole < low as i64 {
        low
    } else if whole > high as i64 {
        high
    } else {
        whole as i32
    }
}
";

/// Shifted so that the standard says what comes of it, for negative numbers too.
const ROUNDED_C: &str = "
/* sum factor / 2^shift + zero, rounded, between two numbers. */
static inline int32_t PREFIX_rounded(int64_t sum, int32_t factor, int shift, int32_t zero, int32_t low, int32_t high) {
    const int64_t twice = sum * factor + ((int64_t)1 << (shift - 1));
    const int64_t whole = (twice < 0 ? ~(~twice >> shift) : twice >> shift) + zero;
    return (int32_t)(whole < low ? low : whole > high ? high : whole);
}
";

const ROOT_RUST: &str = "
/// The largest whole number whose square is at most this.
fn root(of: i64) -> i64 {
    let (mut rest, mut root, mut bit) = (of, 0i64, 1i64 << 62);
    while bit > 0 {
        if rest >= root + bit {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
        bit >>= 2;
    }
    root
}
";

const ROOT_C: &str = "
/* The largest whole number whose square is at most this. */
static inline int64_t PREFIX_root(int64_t rest) {
    int64_t root = 0;
    for (int64_t bit = (int64_t)1 << 62; bit > 0; bit >>= 2) {
        if (rest >= root + bit) {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}
";
