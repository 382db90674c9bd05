import CCurl

// What curl tells the reactor.
extension Reactor {
    func setUpMulti() {
        // Its own limits would only make it queue transfers where nobody sees how long they wait.
        registryd_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.connectionsPerHost)
        registryd_curl_multi_set_callbacks(
            multi,
            { easy, socket, what, context, _ in
                Reactor.at(context)?.watch(socket, what, of: easy)
                return 0
            },
            { _, milliseconds, context in
                Reactor.at(context)?.setCurlTime(milliseconds)
                return 0
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> Reactor? {
        context.map { Unmanaged<Reactor>.fromOpaque($0).takeUnretainedValue() }
    }

    private func watch(_ socket: CInt, _ what: CInt, of easy: UnsafeMutableRawPointer?) {
        guard what != CURL_POLL_REMOVE else {
            sockets.remove(socket)
            return
        }
        if let easy { working[easy]?.isUsing(socket) }
        sockets.want(socket, what)
    }

    /// Ends what curl is done with.
    func endFinished() {
        var left: CInt = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            // The message goes with the handle.
            let result = message.pointee.data.result
            if let transfer = working[easy] { end(transfer, transfer.end(result)) }
        }
    }
}
