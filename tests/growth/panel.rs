//! One panel of the chart: a line for each operation.

use super::{
    grown::{Point, Series},
    table::grouped,
};
use std::fmt::Write;

pub const WIDTH: usize = 620;
pub const HEIGHT: usize = 420;

/// Edges of the plot inside the panel, in pixels; the names of the lines are to the right of it.
const LEFT: f64 = 60.0;
const RIGHT: f64 = 430.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 370.0;
/// The vertical axis, in powers of ten of a millisecond.
const DECADES: (i32, i32) = (-2, 5);
/// The horizontal axis, in powers of ten.
const SIZES: (f64, f64) = (2.0, 5.0);
/// The least distance of two names.
const APART: f64 = 15.0;
const COLOURS: [&str; 11] =
    ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#cf222e", "#9a6700", "#bf3989", "#1b7c83", "#6e7781", "#2da44e", "#0550ae"];

/// The panel's elements, from its own top left corner.
pub fn panel(all: &[Series]) -> String {
    let mut svg = String::new();
    let mut add = |element: String| writeln!(svg, "{element}").expect("memory");
    add(format!("<text class=\"head\" x=\"{LEFT}\" y=\"20\">{}, by {}</text>", all[0].backend, all[0].axis.name()));
    add(format!("<text x=\"{LEFT}\" y=\"34\">milliseconds</text>"));
    for power in DECADES.0..=DECADES.1 {
        let y = vertical(10_f64.powi(power));
        add(format!("<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>"));
        add(format!("<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", LEFT - 6.0, y + 4.0, 10_f64.powi(power)));
    }
    for size in [100, 1_000, 10_000, 100_000] {
        add(format!("<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>", horizontal(size), BOTTOM + 18.0, grouped(size)));
    }
    add(format!("<path class=\"axis\" d=\"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}\"/>"));
    let drawn: Vec<(&Series, &Point, &str)> = all
        .iter()
        .zip(COLOURS.into_iter().cycle())
        .filter_map(|(series, colour)| series.points.last().map(|last| (series, last, colour)))
        .collect();
    for (series, last, colour) in &drawn {
        let corners: Vec<String> = series.points.iter().map(|at| format!("{:.1} {:.1}", horizontal(at.size), vertical(at.ms))).collect();
        add(format!("<path class=\"line\" stroke=\"{colour}\" d=\"M{}\"/>", corners.join("L")));
        let (x, y) = (horizontal(last.size), vertical(last.ms));
        add(format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>"));
    }
    for ((series, last, colour), y) in drawn.iter().zip(apart(drawn.iter().map(|(_, last, _)| vertical(last.ms)).collect())) {
        let (x, from) = (horizontal(last.size) + 5.0, vertical(last.ms));
        add(format!("<path class=\"lead\" d=\"M{x:.1} {from:.1}L{:.1} {y:.1}\"/>", RIGHT + 16.0));
        add(format!("<circle cx=\"{}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>", RIGHT + 18.0));
        add(format!("<text x=\"{}\" y=\"{:.1}\">{}</text>", RIGHT + 26.0, y + 4.0, series.work.name()));
    }
    svg
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn horizontal(size: usize) -> f64 {
    LEFT + (RIGHT - LEFT) * ((size as f64).log10() - SIZES.0) / (SIZES.1 - SIZES.0)
}

fn vertical(ms: f64) -> f64 {
    let (low, high) = (f64::from(DECADES.0), f64::from(DECADES.1));
    BOTTOM - (BOTTOM - TOP) * (ms.log10().clamp(low, high) - low) / (high - low)
}

/// These heights, moved as little downwards and upwards as keeps the names apart, each in its own place.
fn apart(heights: Vec<f64>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|one, other| heights[*one].total_cmp(&heights[*other]));
    let mut moved = heights;
    let mut least = f64::NEG_INFINITY;
    for index in &order {
        moved[*index] = moved[*index].max(least);
        least = moved[*index] + APART;
    }
    let mut most = BOTTOM;
    for index in order.iter().rev() {
        moved[*index] = moved[*index].min(most);
        most = moved[*index] - APART;
    }
    moved
}
