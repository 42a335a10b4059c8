//! Connections below HTTP: what no honest client sends.

use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// Sends `first` at once, then `then` byte by byte with a pause, until all is sent or the service has had enough. Returns what it
/// answered and after how long the connection was closed; nothing when it was not within `patience`.
pub(crate) async fn trickle(
    address: &str,
    first: &[u8],
    then: &[u8],
    pause: Duration,
    patience: Duration,
) -> Option<(String, Duration)> {
    let began = Instant::now();
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    writer.write_all(first).await.unwrap();
    let then = then.to_vec();
    let sending = tokio::spawn(async move {
        for byte in then {
            // The service may have closed it.
            if writer.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(pause).await;
        }
        // Kept open: it is the service that has to end it.
        tokio::time::sleep(Duration::from_secs(600)).await;
        drop(writer);
    });
    let mut answer = Vec::new();
    let read = timeout(patience, reader.read_to_end(&mut answer)).await;
    sending.abort();
    // A reset is an end, too.
    read.ok().map(|_| (String::from_utf8_lossy(&answer).into_owned(), began.elapsed()))
}

/// Sends all at once and returns what comes back until the connection ends, or until `patience` does.
pub(crate) async fn blurt(address: &str, bytes: &[u8], patience: Duration) -> Vec<u8> {
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    let bytes = bytes.to_vec();
    let sending = tokio::spawn(async move {
        // It may be closed before all is sent.
        let _ = writer.write_all(&bytes).await;
        tokio::time::sleep(Duration::from_secs(600)).await;
        drop(writer);
    });
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    let began = Instant::now();
    while let Some(left) = patience.checked_sub(began.elapsed()) {
        match timeout(left, reader.read(&mut piece)).await {
            Ok(Ok(length)) if length > 0 => answer.extend_from_slice(&piece[..length]),
            _ => break,
        }
        if is_whole(&answer) {
            break;
        }
    }
    sending.abort();
    answer
}

/// Whether an answer with a length is there to its end.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    length.is_some_and(|length| body.len() >= length)
}
