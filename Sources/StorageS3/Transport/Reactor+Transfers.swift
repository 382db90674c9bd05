import CCurl
import Logging
import Synchronization

// A transfer's life on the I/O thread.
extension Reactor {
    func obey(_ command: Mailbox.Command) {
        switch command {
        case .start(let exchange): start(exchange)
        case .cancel(let exchange):
            guard let transfer = transfers[ObjectIdentifier(exchange)] else { return }
            end(transfer, .failure(transfer.error(.cancelled, "cancelled")))
        case .goOn(let exchange):
            // If both its reader and its source are at it, one may find that the other is not ready yet.
            guard let transfer = transfers[ObjectIdentifier(exchange)], transfer.isHeld || transfer.isDry else {
                return
            }
            let result = transfer.goOn()
            if result != CURLE_OK { end(transfer, transfer.end(result)) }
        case .shutDown: isShutDown = true
        }
    }

    private func start(_ exchange: Exchange) {
        noteWork()
        let transfer = Transfer(exchange, self)
        transfers[ObjectIdentifier(exchange)] = transfer
        nextLimit = min(nextLimit, transfer.deadline)
        if turns.begin(transfer) { begin(transfer) }
    }

    /// Whose turn has come. Not from within curl's callbacks, in which turns may end.
    func beginNext() {
        while let next = turns.next() { begin(next) }
    }

    private func begin(_ transfer: Transfer) {
        let request = transfer.exchange.request
        guard let easy = handles.take(request.sendsBody ? .sending : .receiving) else {
            return end(transfer, .failure(transfer.error(.other, "curl has no memory")))
        }
        transfer.easy = easy
        easy.set(request)
        easy.setContext(transfer)
        working[easy.raw] = transfer
        transfer.lastActivity = now
        let result = curl_multi_add_handle(multi, easy.raw)
        guard result == CURLM_OK else {
            return end(transfer, .failure(transfer.error(.other, String(cString: curl_multi_strerror(result)))))
        }
        // Its stall timeout begins once it is connected; a look now and then costs nothing.
        if let stall = request.stallTimeout { nextLimit = min(nextLimit, now.adding(stall)) }
    }

    /// Everything that there is goes to the exchange; the transfer is forgotten.
    func end(_ transfer: Transfer, _ result: Result<Void, TransportError>) {
        let exchange = transfer.exchange
        guard transfers.removeValue(forKey: ObjectIdentifier(exchange)) != nil else { return }
        mailbox.load.subtract(1, ordering: .relaxed)
        if transfers.isEmpty { nextEasing = .max }
        if case .failure(let error) = result, error.code != .cancelled { logger.debug("\(error)") }
        if let easy = transfer.easy {
            curl_multi_remove_handle(multi, easy.raw)
            working[easy.raw] = nil
            easy.setContext(nil)
            handles.put(easy)
            transfer.easy = nil
        }
        exchange.finish(transfer.takeHead(), transfer.chunks.take(self), result)
        if !transfer.isHeld { turns.end(transfer) }
    }

    func endOverdue() {
        let overdue = transfers.values.compactMap { transfer in transfer.overdue.map { (transfer, $0) } }
        for (transfer, error) in overdue { end(transfer, .failure(error)) }
        nextLimit = transfers.values.reduce(.max) { min($0, $1.nextLook) }
    }

    func shutDown() {
        for command in mailbox.close() { obey(command) }
        for transfer in Array(transfers.values) {
            end(transfer, .failure(transfer.error(.shutDown, "the transport was shut down")))
        }
    }
}

extension Transfer {
    /// When to look at it again. One that is not connected, or waits for us, may be so no more right after, and then has all of
    /// its time.
    fileprivate var nextLook: MonotonicTime {
        guard let stall = exchange.request.stallTimeout, easy != nil else { return deadline }
        return min(deadline, limit == deadline ? reactor.now.adding(stall) : limit)
    }
}
