//! Columns of stacked parts, and bars of parts in a row, drawn on the server. What they say stands in a table beside them.

use leptos::prelude::*;

/// The drawing, in its own units.
const COLUMN: i64 = 20;
const HEIGHT: i64 = 120;

/// One part of a column.
pub(crate) struct Part {
    /// The class that gives it its colour.
    pub class: &'static str,
    pub value: i64,
    /// What it says on hover.
    pub says: String,
}

/// A rectangle, in the units of the drawing.
#[derive(Debug, PartialEq, Eq)]
struct Bar {
    y: i64,
    height: i64,
}

/// The columns from left to right, each part above the one before it. The highest column is as high as the drawing; what is less than
/// `least_scale` does not fill it.
pub(crate) fn columns(label: &'static str, columns: Vec<Vec<Part>>, least_scale: i64) -> AnyView {
    let width = COLUMN * i64::try_from(columns.len()).unwrap_or(0).max(1);
    let values: Vec<Vec<i64>> = columns.iter().map(|parts| parts.iter().map(|part| part.value).collect()).collect();
    let scale = scale(&values, least_scale);
    let bars = (0..).zip(columns).zip(values).flat_map(|((at, parts), values)| {
        let bars = stacked(&values, scale);
        parts.into_iter().zip(bars).filter(|(part, _)| part.value > 0).map(move |(part, bar)| {
            view! {
                <rect class=part.class x=at * COLUMN + 2 y=bar.y width=COLUMN - 4 height=bar.height>
                    <title>{part.says}</title>
                </rect>
            }
        })
    });
    let bars = bars.collect_view();
    view! {
        <svg class="columns" viewBox=format!("0 0 {width} {HEIGHT}") role="img" aria-label=label preserveAspectRatio="none">
            {bars}
        </svg>
    }
    .into_any()
}

/// The width of a [`bar`], and how high it is.
const BAR: [i64; 2] = [400, 14];

/// The parts of one whole from left to right, each as wide as its share.
pub(crate) fn bar(label: &'static str, parts: Vec<Part>) -> AnyView {
    let [width, height] = BAR;
    let widths = in_row(&parts.iter().map(|part| part.value).collect::<Vec<_>>(), width);
    let bars = parts.into_iter().zip(widths).filter(|(part, _)| part.value > 0).map(|(part, (x, width))| {
        view! {
            <rect class=part.class x=x y="0" width=width height=height>
                <title>{part.says}</title>
            </rect>
        }
    });
    let bars = bars.collect_view();
    view! {
        <svg class="shares" viewBox=format!("0 0 {width} {height}") role="img" aria-label=label preserveAspectRatio="none">
            {bars}
        </svg>
    }
    .into_any()
}

/// Where each part of a whole begins, and how wide it is. They end where the whole does; whatever there is is seen.
fn in_row(values: &[i64], width: i64) -> Vec<(i64, i64)> {
    let whole = sum(values).max(1);
    let mut before = 0_i64;
    let place = |value: i64| i64::try_from(i128::from(value) * i128::from(width) / i128::from(whole)).unwrap_or(width);
    let parts = values.iter().map(|value| {
        let x = place(before);
        before = before.saturating_add((*value).max(0));
        (x, (place(before) - x).max(i64::from(*value > 0)))
    });
    parts.collect()
}

/// What is as high as the drawing.
fn scale(columns: &[Vec<i64>], least: i64) -> i64 {
    columns.iter().map(|values| sum(values)).fold(least, i64::max)
}

fn sum(values: &[i64]) -> i64 {
    values.iter().fold(0, |sum, value| sum.saturating_add((*value).max(0)))
}

/// The parts of a column above each other, where `scale` is as high as the drawing. Whatever there is is seen.
fn stacked(values: &[i64], scale: i64) -> Vec<Bar> {
    let mut y = HEIGHT;
    let bars = values.iter().map(|value| {
        let scaled = i128::from(*value) * i128::from(HEIGHT) / i128::from(scale.max(1));
        let height = i64::try_from(scaled).unwrap_or(HEIGHT).clamp(i64::from(*value > 0), HEIGHT);
        y = (y - height).max(0);
        Bar { y, height }
    });
    bars.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_above_each_other_and_little_is_seen() {
        assert_eq!(stacked(&[30, 10], 40), [Bar { y: 30, height: 90 }, Bar { y: 0, height: 30 }]);
        assert_eq!(stacked(&[1, 0], 10_000), [Bar { y: 119, height: 1 }, Bar { y: 119, height: 0 }]);
        assert_eq!(stacked(&[0], 0), [Bar { y: 120, height: 0 }], "nothing is drawn where there is nothing");
    }
    #[test]
    fn shares_fill_the_bar_and_little_is_seen() {
        assert_eq!(in_row(&[30, 10, 0], 400), [(0, 300), (300, 100), (400, 0)]);
        assert_eq!(in_row(&[1, 9_999], 400), [(0, 1), (0, 400)]);
        assert_eq!(in_row(&[0], 400), [(0, 0)]);
    }
    #[test]
    fn the_highest_column_fills_the_drawing_unless_it_is_next_to_nothing() {
        assert_eq!(scale(&[vec![1, 2], vec![], vec![-7, 9_000]], 1), 9_000);
        assert_eq!(scale(&[vec![1, 2]], 10_000), 10_000);
        assert_eq!(scale(&[], 1), 1);
    }
}
