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

/// Bytes of text in one statement at most, but for a single row that has more: they are in memory once again while it runs.
const MOST_BYTES: usize = 4 << 20;

/// The same as [`slices`] for rows with long texts: `bytes` says how long those of a row are.
pub(super) fn light_slices<T>(items: &[T], bytes: impl Fn(&T) -> usize) -> impl Iterator<Item = &[T]> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let mut sum = 0;
        let fit = rest.iter().take_while(|item| {
            sum += bytes(item);
            sum <= MOST_BYTES
        });
        let (group, after) = rest.split_at_checked(fit.count().max(1))?;
        rest = after;
        Some(group)
    })
    .flat_map(slices)
}

/// Values in one list at most: see [`push_list`].
pub(super) const MOST_VALUES: usize = 1 << 12;

/// Appends a list in brackets, for `IN`: the last value is repeated up to a power of two. An empty list is `(NULL)`. Both databases
/// allow some 32,000 parameters: longer lists than [`MOST_VALUES`] are for several statements.
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
    fn long_texts_share_no_statement() {
        let lengths = |bytes: &[usize]| light_slices(bytes, |bytes| *bytes).map(<[usize]>::len).collect::<Vec<_>>();
        assert_eq!(lengths(&[]), [0; 0]);
        assert_eq!(lengths(&[1, 2, 3, 4]), [4]);
        assert_eq!(lengths(&[MOST_BYTES, 1, MOST_BYTES - 1, 1]), [1, 2, 1]);
        assert_eq!(lengths(&[MOST_BYTES * 2, MOST_BYTES * 2, 5]), [1, 1, 1]);
        let many = [MOST_BYTES / 10; 100];
        assert_eq!(lengths(&many).iter().sum::<usize>(), many.len());
        assert!(lengths(&many).iter().all(|length| *length <= 10));
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
