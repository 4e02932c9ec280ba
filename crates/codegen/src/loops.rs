//! Loops that are the same for all kinds of numbers.

use crate::plan::Slide;
use crate::writer::{Number, Writer};

/// Opens the loops over the outputs of a window; where an output stands.
pub(crate) fn outputs(body: &mut Writer, slide: &Slide) -> String {
    let [od, ov, oh] = slide.output;
    body.each("i", od);
    body.each("j", ov);
    body.each("k", oh);
    format!("(i * {ov} + j) * {oh} + k")
}

/// Opens the loops over the elements of a pool's window, the last with `at` as the element's index.
pub(crate) fn windows(body: &mut Writer, slide: &Slide) {
    let ([_, iv, ih], [fv, fh]) = (slide.input, slide.size);
    let ([sv, sh], [dv, dh], [pv, ph]) = (slide.stride, slide.dilation, slide.front);
    body.each("b", fv);
    body.each("c", fh);
    body.index("row", &format!("j * {sv} + b * {dv}"));
    body.index("col", &format!("k * {sh} + c * {dh}"));
    body.when(&format!(
        "{} && {}",
        within("row", pv, iv),
        within("col", ph, ih)
    ));
    body.index(
        "at",
        &format!("(i * {iv} + row - {pv}) * {ih} + col - {ph}"),
    );
}

/// Counts the elements of a pool's window up, those of the padding too.
pub(crate) fn padded_count(body: &mut Writer, slide: &Slide) {
    let ([fv, fh], [sv, sh], [dv, dh]) = (slide.size, slide.stride, slide.dilation);
    let all = [0, 1].map(|d| slide.input[d + 1] + slide.front[d] + slide.behind[d]);
    body.each("b", fv);
    body.each("c", fh);
    body.when(&format!(
        "j * {sv} + b * {dv} < {} && k * {sh} + c * {dh} < {}",
        all[0], all[1]
    ));
    body.line("n += 1;");
    body.close(3);
}

/// What the sums of a convolution are made of.
pub(crate) struct Sums<'a> {
    /// Filters `[out][in/groups][vertical][horizontal]`, one of which is `f`.
    pub(crate) filters: &'a str,
    pub(crate) number: Number,
    /// Where the sum for column `k` of the row stands.
    pub(crate) sum: &'a str,
    /// The input; its elements are this less this number.
    pub(crate) x: &'a str,
    pub(crate) zero: i32,
}

/// Adds up a row of outputs of a convolution in the inner loop, which compilers vectorise; how far a row goes is known for each column of
/// the filter. `i` and `j` are the output's channel and row.
pub(crate) fn conv_row(body: &mut Writer, slide: &Slide, groups: usize, sums: &Sums<'_>) {
    let columns = reached(slide);
    if columns.is_empty() {
        return;
    }
    let [id, iv, ih] = slide.input;
    let (inside, outside) = (id / groups, slide.output[0] / groups);
    let ([fv, fh], [sv, sh], [dv, dh]) = (slide.size, slide.stride, slide.dilation);
    let [pv, ph] = slide.front;
    body.each("a", inside);
    body.each("b", fv);
    body.index("row", &format!("j * {sv} + b * {dv}"));
    body.when(&within("row", pv, iv));
    let plane = format!("i / {outside} * {inside} + a");
    body.index("from", &format!("(({plane}) * {iv} + row - {pv}) * {ih}"));
    for (c, [first, end]) in columns {
        body.open("{");
        let tap = format!("((i * {inside} + a) * {fv} + b) * {fh} + {c}");
        let filter = element(body, sums.number, sums.filters, &tap, 0);
        body.value(sums.number, "f", &filter);
        body.between("k", &first.to_string(), &end.to_string());
        let at = format!("from + k * {sh} + {} - {ph}", c * dh);
        let x = element(body, sums.number, sums.x, &at, sums.zero);
        body.line(&format!("{} += f * {x};", sums.sum));
        body.close(2);
    }
    body.close(3);
}

/// An element of a table or buffer, less a number that is meant by 0.
pub(crate) fn element(body: &Writer, number: Number, x: &str, at: &str, zero: i32) -> String {
    let element = format!("{x}[{at}]");
    let element = match number {
        Number::F32 => element,
        _ => format!("({})", body.cast(number, &element)),
    };
    match zero {
        0 => element,
        zero if zero < 0 => format!("({element} + {})", -zero),
        zero => format!("({element} - {zero})"),
    }
}

/// Whether a filter meets the input anywhere; of one that meets padding alone no compiler finds a use.
pub(crate) fn meets(slide: &Slide) -> bool {
    !reached(slide).is_empty()
}

pub(crate) fn upsample(
    body: &mut Writer,
    [depth, iv, ih]: [usize; 3],
    [v, h]: [usize; 2],
    [x, p]: [&str; 2],
) {
    let (ov, oh) = (iv * v, ih * h);
    body.each("i", depth);
    body.each("j", ov);
    body.each("k", oh);
    body.line(&format!(
        "{p}[(i * {ov} + j) * {oh} + k] = {x}[(i * {iv} + j / {v}) * {ih} + k / {h}];"
    ));
    body.close(3);
}

/// The index `i` moved by so many places.
pub(crate) fn moved(at: usize) -> String {
    match at {
        0 => "i".into(),
        at => format!("i + {at}"),
    }
}

/// Whether a row or column lies inside, `front` rows or columns of padding before it.
fn within(place: &str, front: usize, size: usize) -> String {
    match front {
        0 => format!("{place} < {size}"),
        front => format!("{place} >= {front} && {place} < {}", size + front),
    }
}

/// For each column of the filter that meets the input, the columns of outputs where it does: `0 <= k s + c d - front < width`.
fn reached(slide: &Slide) -> Vec<(usize, [usize; 2])> {
    let (width, front, stride) = (slide.input[2], slide.front[1], slide.stride[1]);
    let columns = (0..slide.size[1]).map(|c| {
        let place = c * slide.dilation[1];
        let first = front.saturating_sub(place).div_ceil(stride);
        let end = (width + front).saturating_sub(place).div_ceil(stride);
        (c, [first, end.min(slide.output[2])])
    });
    columns.filter(|(_, [first, end])| first < end).collect()
}

/// The largest element of each window, not below `least`.
pub(crate) fn max_pool(
    body: &mut Writer,
    slide: &Slide,
    (number, least): (Number, &str),
    [x, p]: [&str; 2],
) {
    let place = outputs(body, slide);
    body.variable(number, "m", least);
    windows(body, slide);
    let larger = body.choose(&format!("{x}[at] > m"), &format!("{x}[at]"), "m");
    body.line(&format!("m = {larger};"));
    body.close(3);
    body.line(&format!("{p}[{place}] = m;"));
    body.close(3);
}
