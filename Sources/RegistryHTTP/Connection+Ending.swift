import Logging
import NIOCore
import NIOHTTP1
import RegistryCore

extension Connection {
    func drain() {
        isDraining = true
        if exchange == nil { close() }
    }

    func checkTime(_ now: NIODeadline) {
        if clock.waitsForWrite, transport != .http2,
            let left = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
        {
            clock.hasLeft(left, now)
        }
        switch clock.check(now, settings, isBusy: exchange != nil) {
        case .fine:
            return
        case .headTooSlow:
            refuse(RegistryError(.requestTimeout, "the request's head took longer than \(settings.headerTimeout)"))
        case .bodyTooSlow:
            body.fail(ConnectionError.bodyTooSlow)
        case .close:
            close()
        }
    }

    func close() {
        channel.close(promise: nil)
    }

    func closed() {
        body.fail(ConnectionError.closed)
    }

    /// The client has said all it will say. Requests that are whole get their answers.
    func inputClosed() {
        isInputClosed = true
        body.fail(ConnectionError.closed)
        if exchange == nil, pipelined.isEmpty { close() }
    }

    func failed(_ error: any Error) {
        guard let error = error as? HTTPParserError else {
            server.logger.debug("connection from \(client): \(error)")
            body.fail(ConnectionError.closed)
            return close()
        }
        if exchange != nil {
            // What came after the current request's head is not HTTP. Whoever reads its body says so; an answer that is on its
            // way goes out whole.
            closesAfterExchange = true
            return body.fail(ConnectionError.malformed("\(error)"))
        }
        refuse(
            error == .headerOverflow
                ? RegistryError(.headersTooLarge, "the request's head is too large")
                : RegistryError(
                    .requestInvalid, "this is not HTTP (\(error)); TLS on a plain port looks like this, too"))
    }

    /// Answers what never became a request, and closes.
    func refuse(_ error: RegistryError) {
        guard exchange == nil, channel.isActive else { return close() }
        closesAfterExchange = true
        body = BodyQueue()
        body.end()
        let head = HTTPRequestHead(version: .http1_1, method: .RAW(value: "-"), uri: "-")
        exchange = Exchange(
            head: head,
            id: server.requestIDs.next(),
            started: .now(),
            isAwaitingContinue: false
        )
        server.exchangeBegan()
        Task(executorPreference: loop.executor) { await self.answer(error) }
    }

    private func answer(_ error: RegistryError) async {
        defer { server.exchangeEnded() }
        var response = ErrorTable.response(error, id: exchange?.id ?? "")
        response.failure = error.message
        await send(response)
    }
}
