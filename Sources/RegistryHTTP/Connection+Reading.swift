import NIOCore
import NIOHTTP1

extension Connection {
    func received(_ part: HTTPServerRequestPart) {
        clock.progressed()
        receivedPart = true
        pipelined.append(part)
        takeParts()
    }

    /// Takes what waits, up to the head of a request that must wait for the current one. Not reentrant: the end of a body leads
    /// back here, where its request was answered before.
    func takeParts() {
        guard !isTakingParts else { return }
        isTakingParts = true
        defer { isTakingParts = false }
        while let part = pipelined.first {
            if case .head = part, exchange != nil { return }
            pipelined.removeFirst()
            take(part)
        }
    }

    func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head):
            begin(head)
        case .body(let buffer):
            exchange?.received += Int64(buffer.readableBytes)
            if exchange?.isAnswered ?? true {
                // The answer is out and the client still sends: it is let finish, within bounds.
                if !clock.mayDiscard(buffer.readableBytes) { close() }
            } else {
                body.append(buffer)
            }
        case .end:
            if body.hasEnded { return }
            body.end()
            if exchange?.isAnswered ?? false { next() }
        }
    }

    func readComplete() {
        if exchange == nil, !receivedPart { clock.headBegan(.now()) }
        receivedPart = false
    }

    /// Whether the socket may be read now. If not, `readOn()` makes up for it.
    func mayRead() -> Bool {
        let may = pipelined.isEmpty && body.hasRoom
        if !may { isReadHeld = true }
        return may
    }

    func readOn() {
        if isReadHeld, pipelined.isEmpty, body.hasRoom {
            isReadHeld = false
            channel.read()
        }
    }

    /// The next bytes of the current request's body; nil: that was all. Throws ``ConnectionError`` when no more will come.
    func nextBodyPart() async throws -> ByteBuffer? {
        if exchange?.isAwaitingContinue ?? false {
            // RFC 9110, section 10.1.1. Asking for the body is what says that the request is fine so far.
            exchange?.isAwaitingContinue = false
            if !body.hasEnded { writeContinue() }
        }
        if let buffered = try body.next() {
            readOn()
            return buffered
        }
        if body.hasEnded { return nil }
        clock.waitsForBody = true
        clock.progressed()
        defer { clock.waitsForBody = false }
        return try await withUnsafeThrowingContinuation { continuation in
            body.wait(continuation)
            readOn()
        }
    }
}
