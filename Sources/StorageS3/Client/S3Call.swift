import NIOCore

/// One operation of S3, before it is addressed and signed.
struct S3Call: Sendable {
    /// As AWS calls it, for messages: `PutObject`.
    var operation: String
    var method: String
    /// The object's whole name; nil: the bucket itself.
    var name: String?
    var query: Query = [:]
    var headers: [Header] = []
    var body: TransportRequest.Body = .none
    var payload = PayloadHash.empty
    /// The response's body goes to a reader who may take his time.
    var isStreamed = false
    /// What the server needs beside what the bytes do, before it says anything.
    var extraTime: Duration = .zero
    /// False: the caller looks at a failure first.
    var isRetried = true

    /// A small document.
    mutating func set(document: [UInt8]) {
        body = .buffers([ByteBuffer(bytes: document)])
        payload = PayloadHash(of: document)
    }
}
