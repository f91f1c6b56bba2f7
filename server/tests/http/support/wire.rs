//! A wire to a PostgreSQL server that can be cut and mended.

use std::sync::Arc;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::{Mutex, watch},
};

pub struct Wire {
    port: u16,
    target: String,
    /// Whether the wire is whole.
    whole: Arc<watch::Sender<bool>>,
    listener: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Wire {
    pub async fn to(server: &str) -> Self {
        let url = url::Url::parse(server).expect("TEST_POSTGRES_URL is a URL");
        let target = format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let wire = Self { port, target, whole: Arc::new(watch::Sender::new(true)), listener: Mutex::default() };
        wire.accept(listener).await;
        wire
    }

    /// The same database, reached through the wire.
    pub fn through(&self, database: &str) -> String {
        let mut url = url::Url::parse(database).expect("a URL");
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(self.port)).expect("a port");
        url.to_string()
    }

    async fn accept(&self, listener: TcpListener) {
        let (target, whole) = (self.target.clone(), Arc::clone(&self.whole));
        *self.listener.lock().await = Some(tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (target, mut whole) = (target.clone(), whole.subscribe());
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(&target).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = whole.wait_for(|whole| !whole) => {}
                    }
                });
            }
        }));
    }

    /// Breaks every connection, and lets no new one through.
    pub async fn cut(&self) {
        self.whole.send_replace(false);
        if let Some(listener) = self.listener.lock().await.take() {
            listener.abort();
            // Whether it ended by itself or by this is all the same.
            let _ended = listener.await;
        }
    }

    pub async fn mend(&self) {
        self.whole.send_replace(true);
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.expect("the port is still ours");
        self.accept(listener).await;
    }
}
