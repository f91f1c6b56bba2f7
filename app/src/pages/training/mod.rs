//! `/admin/ai-email-training`: the review of pairs. The server renders the list and the open pair; the island [`island::Review`]
//! takes them over for whoever decides by hand or by keyboard.

pub mod api;
mod data;
mod decisions;
mod dialog;
mod island;
mod list;
pub(crate) mod place;
mod words;

cfg_select! {
    feature = "ssr" => {
        mod around;
        mod diff;
        mod finder;
        pub mod forms;
        pub mod mark_forms;
        mod marks;
        mod page;
        mod pick;
        pub mod pick_forms;
        mod said;
        mod share;
        mod sheet;
        mod turns;
        pub mod view_forms;

        pub(crate) use list::reason_fields;
        pub use page::Training;
        pub(crate) use page::preview;
        pub(crate) use pick::{person_fields, tag_fields};
        pub(crate) use pick_forms::act_of;
        pub(crate) use said::reason_word;
    }
    _ => {}
}
