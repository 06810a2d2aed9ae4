//! The growth of every operation as a picture: time against size, both logarithmic, a panel for each backend and axis.
//!
//! The SVG is read on light and on dark pages: its colours follow the reader's preference, and each line is named at its end.

use super::{
    grown::Series,
    panel::{HEIGHT, WIDTH, panel},
};
use std::fmt::Write;

const TITLE: &str = "Time per operation as files and accounts grow";

/// Eight colours of similar weight on the light and on the dark background; lines beyond them are dashed.
const STYLE: &str = "text { font: 12px system-ui, sans-serif; fill: #1f2328 } .head { font-weight: 600; font-size: 14px } \
.axis { stroke: #59636e; fill: none } .grid { stroke: #d1d9e0; fill: none } .page { fill: #ffffff } path.line { fill: none; stroke-width: 2 } \
.lead { stroke: #59636e; stroke-width: 0.5; fill: none } \
@media (prefers-color-scheme: dark) { text { fill: #f0f6fc } .axis, .lead { stroke: #9198a1 } .grid { stroke: #3d444d } .page { fill: #0d1117 } }";

/// The whole SVG.
pub fn of(all: &[Series]) -> String {
    let panels: Vec<&[Series]> = all.chunk_by(|one, next| (one.backend, one.axis) == (next.backend, next.axis)).collect();
    let (width, height) = (WIDTH * 2, HEIGHT * panels.len().div_ceil(2));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title description\">\n\
         <title id=\"title\">{TITLE}</title>\n<desc id=\"description\">{}</desc>\n<style>{STYLE}</style>\n\
         <rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n",
        description(all)
    );
    for (number, series) in panels.into_iter().enumerate() {
        write!(svg, "<g transform=\"translate({} {})\">\n{}</g>\n", WIDTH * (number % 2), HEIGHT * (number / 2), panel(series))
            .expect("memory");
    }
    svg + "</svg>\n"
}

/// The same in words, for who does not see it: the smallest and the largest size of each line.
fn description(all: &[Series]) -> String {
    let mut text = "Both axes are logarithmic.".to_owned();
    for series in all {
        if let (Some(first), Some(last)) = (series.points.first(), series.points.last()) {
            let (backend, axis, name) = (series.backend, series.axis.name(), series.work.name());
            write!(text, " {backend}, {name}: {:.2} ms at {} {axis}, {:.2} ms at {}.", first.ms, first.size, last.ms, last.size)
                .expect("memory");
        }
    }
    text
}
