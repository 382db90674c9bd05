import NIOCore
import NIOHTTP1
import RegistryCore

extension Connection {
    func begin(_ head: HTTPRequestHead) {
        clock.headEnded()
        settings = server.settings
        // The decoder reads no further after a request that might turn the connection into something else. We never do that.
        if head.method == .CONNECT || head.headers.contains(name: "Upgrade") { closesAfterExchange = true }
        body = BodyQueue()
        // Without a body the request is whole now; the decoder's end, which is still to come, says nothing new.
        if !head.headers.announcesBody { body.end() }
        exchange = Exchange(
            head: head,
            id: server.requestIDs.next(),
            started: .now(),
            // RFC 9110, section 10.1.1: not of HTTP/1.0, which knows no 100.
            isAwaitingContinue: head.version != .http1_0
                && head.headers.first(name: "Expect")?.lowercased() == "100-continue"
        )
        server.exchangeBegan()
        Task(executorPreference: loop.executor) { await self.serve(head) }
    }

    func serve(_ head: HTTPRequestHead) async {
        defer { server.exchangeEnded() }
        guard let id = exchange?.id else { return }
        let request = Request(head, body: RequestBody(connection: self), id: id, from: origin(of: head))
        let response: Response
        if let refusal = server.refusal(of: head, settings) {
            response = ErrorTable.response(refusal, id: id)
        } else {
            response = await server.responder.respond(to: request)
        }
        await send(response)
    }

    private func origin(of head: HTTPRequestHead) -> Request.Origin {
        let certificate = identity?.user(settings)
        // It does not count any more; on another connection the client may show it to those who believe it now.
        if identity != nil, certificate == nil { closesAfterExchange = true }
        return origin(of: head, certificate)
    }

    private func origin(of head: HTTPRequestHead, _ certificate: UserName?) -> Request.Origin {
        Request.Origin(
            address: server.client(of: head, at: client, settings),
            isSecure: transport != .plain || server.cameByTLS(head, from: client, settings),
            certificate: certificate,
            publicURL: settings.publicURL
        )
    }

    func send(_ response: consuming Response) async {
        var response = response
        let (status, route) = (Int(response.status.code), response.route)
        let (repository, user, broken) = (response.repository, response.user, response.broken)
        var failure = response.failure
        let closes = decideClosing()
        complete(&response.headers, status: response.status, closes: closes)
        closesAfterExchange = closes
        exchange?.hasResponseBegun = true
        do {
            writeHead(response.status, response.headers)
            let writer = BodyWriter(self)
            // RFC 9110, section 9.3.2: HEAD answers as GET does, errors too, but without the body.
            switch exchange?.head.method == .HEAD ? .none : consume response.body {
            case .none: break
            case .bytes(let bytes): write(bytes)
            case .content(let content): try await writer.write(content)
            case .pieces(let produce): try await produce(writer)
            }
            try await writeEnd()
        } catch {
            broken?(error)
            // The head is out: all that is left to say is that the body is not whole.
            failure = failure ?? "\(error)"
            log(status, route, repository, user, failure)
            return close()
        }
        log(status, route, repository, user, failure)
        answered()
    }

    func complete(_ headers: inout HTTPHeaders, status: HTTPResponseStatus, closes: Bool) {
        headers.add(name: "Date", value: loop.dateHeader)
        // What people push is theirs, and must not run as a page of ours.
        headers.add(name: "X-Content-Type-Options", value: "nosniff")
        if let id = exchange?.id { headers.add(name: "X-Request-Id", value: id) }
        if status.mayHaveResponseBody, !headers.contains(name: "Content-Length") {
            headers.add(name: "Content-Length", value: "0")
        }
        if let base = settings.publicURL, let path = headers.first(name: "Location"), path.hasPrefix("/") {
            headers.replaceOrAdd(name: "Location", value: base + path)
        }
        guard transport != .http2 else { return }
        if closes {
            headers.add(name: "Connection", value: "close")
        } else if exchange?.head.version == .http1_0 {
            headers.add(name: "Connection", value: "keep-alive")
        }
    }

    /// A client that was refused before it sent its body may send it still, or wait for a 100 that never comes.
    func decideClosing() -> Bool {
        guard let exchange, transport != .http2 else { return false }
        if isDraining || closesAfterExchange || !exchange.head.isKeepAlive { return true }
        if body.hasEnded { return false }
        if exchange.isAwaitingContinue { return true }
        let length = exchange.head.headers.first(name: "Content-Length").flatMap { Int64($0) }
        return length.map { $0 - exchange.received > ConnectionClock.discardLimit } ?? true
    }

    func log(_ status: Int, _ route: Route.Name, _ repository: String?, _ user: String?, _ failure: String?) {
        guard let exchange else { return }
        let elapsed = NIODeadline.now() - exchange.started
        server.accessLog.record(
            AccessEntry(
                method: exchange.head.method.rawValue,
                route: route.rawValue,
                repository: repository,
                user: user,
                status: status,
                received: exchange.received,
                sent: exchange.sent,
                duration: .nanoseconds(elapsed.nanoseconds),
                requestID: exchange.id,
                client: server.client(of: exchange.head, at: client, settings),
                failure: failure
            ))
    }

    /// The answer is out. Goes on to the next request, once the body of this one is over.
    func answered() {
        exchange?.isAnswered = true
        body.discard()
        if body.hasEnded { return next() }
        // Closing at once would reset the connection, and the client might never see the answer: it is let finish, for a
        // while. If there is no going on afterwards, it is told that nothing more will come.
        clock.lingers(.now())
        if closesAfterExchange, transport == .plain { channel.close(mode: .output, promise: nil) }
        readOn()
    }

    func next() {
        exchange = nil
        clock.idles()
        if closesAfterExchange || isDraining { return close() }
        guard channel.isActive else { return }
        takeParts()
        if isInputClosed, exchange == nil, pipelined.isEmpty { return close() }
        readOn()
    }
}

extension HTTPHeaders {
    fileprivate var announcesBody: Bool {
        if contains(name: "Transfer-Encoding") { return true }
        return first(name: "Content-Length").map { $0 != "0" } ?? false
    }
}
