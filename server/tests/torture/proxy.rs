//! A network that can be cut, slowed and made to swallow everything, between the program and a server.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    Fine,
    /// Every connection ends, and none begins.
    Cut,
    /// Whatever is sent waits so long first.
    Slow(Duration),
    /// Connections are taken and nothing comes through. They end with this state.
    Swallows,
}

/// Stands before a server. It ends with the runtime.
#[derive(Debug, Clone)]
pub struct Proxy {
    address: SocketAddr,
    network: watch::Sender<Network>,
}

impl Proxy {
    pub async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let network = watch::Sender::new(Network::Fine);
        let told = network.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let told = told.subscribe();
                if *told.borrow() != Network::Cut {
                    tokio::spawn(pass(client, server, told));
                }
            }
        });
        Self { address, network }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
    }
}

/// Passes one connection on until either side or the network ends it.
async fn pass(client: TcpStream, server: SocketAddr, told: watch::Receiver<Network>) {
    let mut ends = told.clone();
    let over = async {
        let mut swallows = *ends.borrow() == Network::Swallows;
        loop {
            let now = *ends.borrow_and_update();
            // What was sent into a hole does not come out of it.
            if now == Network::Cut || swallows && now != Network::Swallows {
                break;
            }
            swallows = now == Network::Swallows;
            if ends.changed().await.is_err() {
                break;
            }
        }
    };
    let work = async {
        let Ok(server) = TcpStream::connect(server).await else { return };
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        tokio::join!(copy(from_client, to_server, told.clone()), copy(from_server, to_client, told));
    };
    tokio::select! {
        () = over => {}
        () = work => {}
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut told: watch::Receiver<Network>) {
    let mut bytes = [0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        let now = *told.borrow();
        match now {
            Network::Slow(wait) => tokio::time::sleep(wait).await,
            Network::Swallows => {
                // The connection ends when this is over.
                let _ended = told.wait_for(|now| *now != Network::Swallows).await;
                return;
            }
            Network::Fine | Network::Cut => {}
        }
        if to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
    // The other side may be told; it may be gone.
    let _gone = to.shutdown().await;
}
