import CCurl
import NIOCore

/// A request as its I/O thread sees it. Nobody else does.
final class Transfer {
    let exchange: Exchange
    let origin: Substring
    /// When all has to be over.
    var deadline: MonotonicTime
    unowned let reactor: Reactor

    /// nil: waits for its turn.
    var easy: EasyHandle?
    /// The last byte, or when we last held it up ourselves.
    var lastActivity: MonotonicTime
    /// The reader has enough; curl is told to leave the socket alone.
    var isHeld = false
    /// A streamed body has nothing to send.
    var isDry = false
    /// In the reactor's list of those that have something to deliver.
    var isDirty = false

    var source: BodySource
    var head: HeadParser
    /// The head is complete, but not delivered yet.
    var hasNewHead = false
    /// Times a connection was ready for the request; above 1, curl sent it again by itself.
    var attempts = 0
    /// Bytes of the response's body.
    var received: Int64 = 0
    var chunks = ChunkAssembly()
    var mark = Mark()
    /// Why a callback stopped the transfer.
    var verdict: TransportError?

    init(_ exchange: Exchange, _ reactor: Reactor) {
        self.exchange = exchange
        self.reactor = reactor
        origin = exchange.request.origin
        lastActivity = reactor.now
        deadline = exchange.request.deadline.map { reactor.now.adding($0) } ?? .max
        source = BodySource(exchange.request.body)
        head = HeadParser(limit: reactor.configuration.largestHead)
    }

    /// When to look again whether it takes too long.
    var limit: MonotonicTime {
        // Until it is connected, curl's own timeout holds; and a transfer that waits for our side is not to blame.
        guard attempts > 0, !isHeld, !isDry, let stall = exchange.request.stallTimeout else { return deadline }
        return min(deadline, lastActivity.adding(stall))
    }

    /// Why it took too long; nil: it did not.
    var overdue: TransportError? {
        if deadline <= reactor.now { return error(.deadline, "not over after \(text(exchange.request.deadline))") }
        guard limit <= reactor.now else { return nil }
        return error(.stalled, "not a byte for \(text(exchange.request.stallTimeout))")
    }

    private func text(_ duration: Duration?) -> String { duration.map { "\($0)" } ?? "" }
}

extension Transfer {
    /// `what` went wrong, and how far everything was.
    func error(_ code: TransportError.Code, _ what: String, cause: (any Error)? = nil) -> TransportError {
        var error = exchange.error(code, what, cause: cause)
        error.receivedBytes = received
        error.responseBegan = head.hasBegun
        if let easy {
            error.sentBytes = registryd_curl_offset(easy.raw, CURLINFO_SIZE_UPLOAD_T)
            error.reusedConnection = attempts > 0 && registryd_curl_long(easy.raw, CURLINFO_NUM_CONNECTS) == 0
        }
        return error
    }

    /// curl is done with it.
    func end(_ result: CURLcode) -> Result<Void, TransportError> {
        if let verdict { return .failure(verdict) }
        guard result != CURLE_OK else {
            if head.isComplete { return .success(()) }
            return .failure(error(.malformedResponse, "a response without a head"))
        }
        let message = easy?.message(result) ?? ""
        return .failure(error(.init(result, wasConnected: attempts > 0, message: message), message))
    }
}
