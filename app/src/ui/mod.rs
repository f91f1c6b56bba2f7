//! The kit: small pieces that every page is made of. What islands draw with compiles for the browser too.

pub(crate) mod keys;
pub(crate) mod parts;
pub(crate) mod url;
pub(crate) mod words;

cfg_select! {
    feature = "ssr" => {
        pub(crate) mod accounts;
        pub(crate) mod chart;
        pub(crate) mod forms;
        pub(crate) mod languages;
        pub(crate) mod tags;
        pub(crate) mod times;
        pub(crate) mod vector_words;
    }
    _ => {}
}
