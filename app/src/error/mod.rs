//! What a server function hands back when it cannot do what was asked.
//!
//! On the server it is the domain's problem. On its way to a browser it takes along its words in the person's language, so that
//! islands need neither the words of every problem nor the problems themselves: there it is only what is read here.

use crate::words::texts;

texts! {
    /// An answer that nobody expects, on either side.
    pub(crate) Transport:
    unexpected_answer: "The server answered in a way this page does not understand. Reload the page: it may have been updated." | "Страница не поняла ответ сервера. Обновите её: возможно, вышла новая версия.";
}

cfg_select! {
    feature = "ssr" => {
        mod of_server;
        pub use of_server::Failure;
    }
    _ => {
        mod of_browser;
        pub use of_browser::Failure;
    }
}
