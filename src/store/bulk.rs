//! Statements about many rows at once: a statement costs more than the row it writes.
//!
//! Databases keep the statements they have seen, by their text. Rows therefore come in powers of two, so that there are few
//! texts of each statement.

use sqlx::{Database, Encode, QueryBuilder, Type};

/// Rows written by one statement at most: two dozen parameters each, of the 32,000 that both databases allow.
const MOST_ROWS: usize = 64;

/// The items in slices whose lengths are powers of two, the longest first.
pub(super) fn slices<T>(items: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let length = MOST_ROWS.min(rest.len().checked_ilog2().map_or(0, |bits| 1 << bits));
        let (slice, after) = rest.split_at_checked(length).filter(|(slice, _)| !slice.is_empty())?;
        rest = after;
        Some(slice)
    })
}

/// Appends a list in brackets, for `IN`: the last value is repeated up to a power of two. An empty list is `(NULL)`.
pub(super) fn push_list<'t, DB, T>(query: &mut QueryBuilder<DB>, values: &[T])
where
    DB: Database,
    T: Encode<'t, DB> + Type<DB> + Copy + 't,
{
    let Some(last) = values.last() else {
        query.push("(NULL)");
        return;
    };
    query.push("(");
    let mut list = query.separated(", ");
    let padding = values.len().next_power_of_two() - values.len();
    for value in values.iter().chain(std::iter::repeat_n(last, padding)) {
        list.push_bind(*value);
    }
    query.push(")");
}

#[cfg(test)]
mod tests {
    use sqlx::Sqlite;

    use super::*;

    #[test]
    fn every_item_is_in_one_slice_in_order() {
        for count in [0, 1, 2, 3, 7, 63, 64, 65, 200] {
            let items: Vec<usize> = (0..count).collect();
            let lengths: Vec<usize> = slices(&items).map(<[usize]>::len).collect();
            assert_eq!(slices(&items).flatten().copied().collect::<Vec<_>>(), items);
            assert!(lengths.iter().all(|length| length.is_power_of_two() && *length <= MOST_ROWS), "{lengths:?}");
        }
        assert_eq!(slices(&[0; 47]).map(<[_]>::len).collect::<Vec<_>>(), [32, 8, 4, 2, 1]);
    }

    #[test]
    fn a_list_is_as_long_as_a_power_of_two() {
        let text = |values: &[i64]| {
            let mut query = QueryBuilder::<Sqlite>::new("IN ");
            push_list(&mut query, values);
            query.into_string()
        };
        assert_eq!(text(&[]), "IN (NULL)");
        assert_eq!(text(&[5]), "IN (?)");
        assert_eq!(text(&[5, 6, 7]), text(&[1, 2, 3, 4]));
    }
}
