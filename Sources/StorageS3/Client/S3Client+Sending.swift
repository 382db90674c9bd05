import Logging
import NIOCore
import RegistryCore
import Synchronization

extension S3Client {
    /// One attempt: what was asked, and what came.
    struct Attempt: Sendable {
        var place: Place
        var credentials: Credentials
        /// The server's clock against ours, in milliseconds.
        var skew: Int64
        /// The time in the signature.
        var signed: Timestamp
    }

    /// Sends a call until it succeeds, fails for good, or has taken too long. `read` makes something of a success
    /// (2xx). `end`: when to have given up, if that is not this call's own to say.
    ///
    /// - Returns: also whether an earlier attempt, which nobody waits for any more, may be carried out too, perhaps later than this.
    func send<T>(
        _ call: S3Call,
        until end: Duration? = nil,
        _ read: (S3Call, TransportResponse) async throws -> T
    ) async throws -> (T, mayBeDoneTwice: Bool) {
        let end = end ?? time.elapsed() + options.retries.limit(bytes: call.body.length) + call.extraTime
        var corrections = 0
        var previous: S3Error?
        var mayBeDoneTwice = false
        for attempt in 1... {
            let credentials = try await credentials.credentials()
            let skew = skew.current
            let sent = Attempt(
                place: place.withLock { $0 },
                credentials: credentials,
                skew: skew,
                signed: Timestamp(milliseconds: time.now().milliseconds + skew)
            )
            do {
                return (try await once(call, sent, until: end, read), mayBeDoneTwice)
            } catch let error as S3Error {
                if error.transport?.code == .cancelled { throw CancellationError() }
                // An attempt that was left no time says less than the one before it.
                if error.transport?.code == .deadline, let previous { throw previous }
                previous = error
                mayBeDoneTwice = mayBeDoneTwice || error.isUncertain
                if corrections < 3, await correct(after: error, sent) {
                    corrections += 1
                    continue
                }
                guard call.isRetried, error.isTransient, attempt < options.retries.attempts else { throw error }
                try await pause(after: attempt, error, until: end)
            }
        }
        throw CancellationError()
    }

    /// Waits before the next attempt; throws `error` when there is no time for one.
    func pause(after attempt: Int, _ error: S3Error, until end: Duration) async throws {
        let pause = options.retries.pause(after: attempt, asked: error.retryAfter, random: time.random())
        guard time.elapsed() + pause < end else { throw error }
        logger.debug("S3 request failed, trying again", metadata: ["error": "\(error)", "attempt": "\(attempt)"])
        try await time.pause(pause)
    }

    private func once<T>(
        _ call: S3Call,
        _ attempt: Attempt,
        until end: Duration,
        _ read: (S3Call, TransportResponse) async throws -> T
    ) async throws -> T {
        let address = attempt.place.address
        let subject = call.name.map { "\(address.bucket)/\($0)" } ?? address.bucket
        let request = request(call, attempt, until: end)
        do {
            let response = try await transport.send(request)
            guard (200..<300).contains(response.status) else { throw await S3Error(call, subject, response) }
            do {
                return try await read(call, response)
            } catch let failure as S3Failure {
                // A 200 that is none.
                throw S3Error(call, subject, response, failure)
            } catch let error as XMLError {
                throw S3Error(call, subject, response, error)
            }
        } catch let error as TransportError {
            throw S3Error(call, subject, error)
        }
    }

    private func request(_ call: S3Call, _ attempt: Attempt, until end: Duration) -> TransportRequest {
        let target = attempt.place.address.target(name: call.name, call.query)
        let headers = signer(for: attempt.place.region).sign(
            call.method,
            target,
            headers: call.headers,
            payload: call.payload,
            as: attempt.credentials,
            at: attempt.signed
        )
        return TransportRequest(
            call.method,
            target.url,
            headers: TransportHeaders(headers.map { ($0.name, $0.value) }),
            body: call.body,
            stallTimeout: options.retries.stallTimeout + call.extraTime,
            deadline: max(end - time.elapsed(), .milliseconds(1)),
            deadlineEndsWithHead: call.isStreamed
        )
    }
}

extension S3Client {
    /// The largest answer that is read, in bytes.
    private static let largestAnswer = 8 << 20

    /// Of a call whose answer is a document.
    func answer<A: S3Answer>(_ call: S3Call, _ type: A.Type = A.self, until end: Duration? = nil) async throws -> A {
        try await send(call, until: end, Self.read).0
    }

    static func read<A: S3Answer>(_ call: S3Call, _ response: TransportResponse) async throws -> A {
        try A(body: try await response.body.collect(upTo: largestAnswer))
    }

    /// Of a call whose answer says nothing but in its headers. The body is read, so that the connection can be used
    /// again.
    func headers(_ call: S3Call, until end: Duration? = nil) async throws -> TransportHeaders {
        try await headersAndBody(call, until: end).0
    }

    /// The same, with the body, which is no error.
    func headersAndBody(_ call: S3Call, until end: Duration? = nil) async throws -> (TransportHeaders, ByteBuffer) {
        try await send(call, until: end) { _, response in
            let body = try await response.body.collect(upTo: Self.largestAnswer)
            if body.readableBytes > 0, let failure = S3Failure(body: body) { throw failure }
            return (response.headers, body)
        }.0
    }
}
