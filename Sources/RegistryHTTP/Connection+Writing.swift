import NIOCore
import NIOHTTP1

// The way out. What HTTP/1.1 sends is written here, head and small body in one buffer: as parts through a pipeline they were a
// quarter of what a small answer costs. HTTP/2 has a codec of NIO's, which takes parts.
extension Connection {
    /// Up to here a body is copied behind its head. Larger ones go out as they are.
    private static let mostCopied = 64 << 10

    func writeContinue() {
        if transport == .http2 { return }
        channel.writeAndFlush(IOData.byteBuffer(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    /// The head of an answer, which goes out with what follows it.
    func writeHead(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) {
        if transport == .http2 {
            let head = HTTPResponseHead(version: .http2, status: status, headers: headers)
            return channel.write(HTTPServerResponsePart.head(head), promise: nil)
        }
        unsent = channel.allocator.buffer(capacity: 1024)
        unsent.writeHead(status, headers)
    }

    /// Bytes of the body that are at hand; they go out with what follows them.
    func write(_ bytes: ByteBuffer) {
        sent(bytes.readableBytes)
        if transport == .http2 {
            channel.write(HTTPServerResponsePart.body(.byteBuffer(bytes)), promise: nil)
        } else if bytes.readableBytes <= Self.mostCopied {
            unsent.writeImmutableBuffer(bytes)
        } else {
            channel.write(IOData.byteBuffer(unsent), promise: nil)
            unsent = bytes
        }
    }

    /// Bytes of the body. Returns when they and everything before them have left for the kernel; at once if they can.
    func writeOut(_ data: IOData) async throws {
        let count = data.readableBytes
        if transport == .http2 {
            try await flush(HTTPServerResponsePart.body(data))
        } else {
            if unsent.readableBytes > 0 {
                channel.write(IOData.byteBuffer(unsent), promise: nil)
                unsent = ByteBuffer()
            }
            try await flush(data)
        }
        sent(count)
    }

    /// That was all. Returns when it has left for the kernel.
    func writeEnd() async throws {
        if transport == .http2 {
            try await flush(HTTPServerResponsePart.end(nil))
        } else if unsent.readableBytes > 0 {
            let last = unsent
            unsent = ByteBuffer()
            try await flush(IOData.byteBuffer(last))
        }
    }

    private func flush(_ data: some Sendable) async throws {
        // The client has its time from now on, however long the answer took.
        clock.progressed()
        clock.waitsForWrite = true
        defer {
            clock.waitsForWrite = false
            clock.progressed()
        }
        // Not the future's own get(), which goes by way of another thread.
        try await withUnsafeThrowingContinuation { (done: UnsafeContinuation<Void, any Error>) in
            channel.writeAndFlush(data).whenComplete { done.resume(with: $0) }
        }
    }

    /// Counts body bytes for the log, and progress for the time-outs.
    private func sent(_ count: Int) {
        exchange?.sent += Int64(count)
        clock.progressed()
    }
}

extension ByteBuffer {
    /// RFC 9112, sections 4 and 5. Every answer of ours has a Content-Length or no body, so there is no coding to speak of.
    ///
    /// Byte by byte into room for all of it: a call of the buffer's own for each of forty pieces takes five times as long.
    fileprivate mutating func writeHead(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) {
        let (code, reason) = (String(status.code), status.reasonPhrase)
        var length = "HTTP/1.1  \r\n\r\n".utf8.count + code.utf8.count + reason.utf8.count
        for (name, value) in headers { length += name.utf8.count + ": \r\n".utf8.count + value.utf8.count }
        writeWithUnsafeMutableBytes(minimumWritableBytes: length) { room in
            var text = HeadText(room: room)
            text.append("HTTP/1.1 ")
            text.append(code)
            text.append(" ")
            text.append(reason)
            text.append("\r\n")
            for (name, value) in headers {
                text.append(name)
                text.append(": ")
                text.append(value)
                text.append("\r\n")
            }
            text.append("\r\n")
            return text.count
        }
    }
}

/// Text as it is written one piece behind the other.
private struct HeadText {
    let room: UnsafeMutableRawBufferPointer
    var count = 0

    mutating func append(_ piece: String) {
        var piece = piece
        piece.withUTF8 { bytes in
            UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: UnsafeRawBufferPointer(bytes))
            count += bytes.count
        }
    }
}
