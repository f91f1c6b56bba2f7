//! Columns of stacked parts, drawn on the server. What they say stands in a table beside them.

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
    fn the_highest_column_fills_the_drawing_unless_it_is_next_to_nothing() {
        assert_eq!(scale(&[vec![1, 2], vec![], vec![-7, 9_000]], 1), 9_000);
        assert_eq!(scale(&[vec![1, 2]], 10_000), 10_000);
        assert_eq!(scale(&[], 1), 1);
    }
}
