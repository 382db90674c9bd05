import CCurl

// What curl calls. A verdict ends the transfer: curl is told to stop, and its own error is of no interest.
extension Transfer {
    /// A connection is ready, and the request is about to go out on it. False: it cannot.
    func begin() -> Bool {
        attempts += 1
        lastActivity = reactor.now
        head.reset()
        // curl rewinds only what it counts as sent, and there may be more that it has taken.
        return rewind()
    }

    /// A connection that was used before turned out dead, and curl is about to send the request again. False: it cannot.
    func rewind() -> Bool {
        if source.rewind() { return true }
        var verdict = error(.connectionLost, "the connection was dead, and the stream to send cannot be sent again")
        verdict.reusedConnection = true
        self.verdict = verdict
        return false
    }

    func take(header line: UnsafeRawBufferPointer) -> Int {
        lastActivity = reactor.now
        switch head.take(line) {
        case .more: break
        case .complete:
            hasNewHead = true
            if exchange.request.deadlineEndsWithHead && head.isOfSuccess { deadline = .max }
            reactor.markDirty(self)
        case .flawed(let why):
            verdict = error(.malformedResponse, why)
            return -1
        }
        return line.count
    }

    func take(body bytes: UnsafeRawBufferPointer) -> Int {
        lastActivity = reactor.now
        chunks.append(bytes, self)
        received += Int64(bytes.count)
        lowerMarkNearEnd()
        // curl reads a hundred times, as long as there is something, before it lets anybody else do anything.
        if chunks.batch >= reactor.configuration.highWater {
            deliver()
        } else {
            reactor.markDirty(self)
        }
        return bytes.count
    }

    func send(into target: UnsafeMutableRawBufferPointer) -> Int {
        lastActivity = reactor.now
        switch source.read(into: target, exchange) {
        case .bytes(let count): return count
        case .dry:
            isDry = true
            return Int(CURL_READFUNC_PAUSE)
        case .failed(let why, let cause):
            verdict = error(.bodyFailed, why, cause: cause)
            return Int(CURL_READFUNC_ABORT)
        }
    }
}

extension Transfer {
    /// Hands out what there is. A reader that has enough gets no more but for the rest of this read.
    func deliver() {
        guard let easy, hasNewHead || chunks.batch > 0 else { return }
        if chunks.batch > 0 { raiseMark() }
        let isTooMuch = exchange.deliver(takeHead(), chunks.take(reactor), highWater: reactor.configuration.highWater)
        guard isTooMuch && !isHeld else { return }
        isHeld = true
        reactor.turns.hold(self)
        // Not by the write callback's result, for which curl makes a copy of what it holds; and in both directions, as
        // otherwise it reads once more.
        curl_easy_pause(easy.raw, CURLPAUSE_ALL)
    }

    /// The reader wants more, or the source has more. The callbacks may be called from in here.
    func goOn() -> CURLcode {
        if isHeld { reactor.turns.goOn(self) }
        isHeld = false
        isDry = false
        lastActivity = reactor.now
        keepMark()
        guard let easy else { return CURLE_OK }
        return curl_easy_pause(easy.raw, CURLPAUSE_CONT)
    }

    func takeHead() -> Exchange.Head? {
        guard hasNewHead else { return nil }
        hasNewHead = false
        var head = head.head
        head.wasResent = attempts > 1
        return head
    }
}
