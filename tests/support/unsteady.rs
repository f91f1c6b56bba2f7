//! A line to a server that breaks when it is told to.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What becomes of a connection once the server has sent so many bytes over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Cut,
    /// Nothing more comes, and nobody hangs up.
    Stall,
}

pub struct Line {
    pub port: u16,
    pub connections: Arc<AtomicUsize>,
    /// Bytes that came from the server.
    pub bytes: Arc<AtomicUsize>,
    /// For the connections to come, one each.
    faults: Arc<Mutex<Vec<(usize, Fault)>>>,
    stalled: Arc<tokio::sync::Notify>,
    task: JoinHandle<()>,
}

impl Line {
    pub async fn to(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("an address").port();
        let (connections, bytes) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let faults = Arc::new(Mutex::new(Vec::new()));
        let stalled = Arc::new(tokio::sync::Notify::new());
        let (count, plan, tell) = (Arc::clone(&connections), Arc::clone(&faults), Arc::clone(&stalled));
        let meter = Arc::clone(&bytes);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let fault = plan.lock().expect("nobody panics with it").pop();
                tokio::spawn(carry(client, server, fault, Arc::clone(&tell), Arc::clone(&meter)));
            }
        });
        Self { port, connections, bytes, faults, stalled, task }
    }

    /// The next connections break so, the first named first.
    pub fn breaks(&self, faults: &[(usize, Fault)]) {
        let mut plan = self.faults.lock().expect("nobody panics with it");
        *plan = faults.iter().rev().copied().collect();
    }

    /// Until a connection has stalled.
    pub async fn has_stalled(&self) {
        self.stalled.notified().await;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(
    client: TcpStream,
    server: u16,
    fault: Option<(usize, Fault)>,
    stalled: Arc<tokio::sync::Notify>,
    bytes: Arc<AtomicUsize>,
) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut left = fault.map_or(usize::MAX, |(bytes, _)| bytes);
    let mut buffer = vec![0; 4096];
    while let Ok(read) = from_server.read(&mut buffer).await {
        let passed = read.min(left);
        bytes.fetch_add(passed, Ordering::SeqCst);
        if read == 0 || to_client.write_all(&buffer[..passed]).await.is_err() {
            break;
        }
        left -= passed;
        if left == 0 {
            if fault.is_some_and(|(_, fault)| fault == Fault::Stall) {
                stalled.notify_one();
                // Until the client gives up.
                let _gone = up.await;
                return;
            }
            break;
        }
    }
    up.abort();
}
