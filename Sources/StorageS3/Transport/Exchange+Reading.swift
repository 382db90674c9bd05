import NIOCore
import RegistryCore

// The caller's side.
extension Exchange {
    func response() async -> Result<Head, TransportError> {
        await wait { state in
            if let head = state.head { return .success(head) }
            if case .failure(let error) = state.end { return .failure(error) }
            return nil
        }
    }

    /// nil: the end. What came before a failure is handed out before it.
    func nextChunk() async throws(TransportError) -> ByteBuffer? {
        if Task.isCancelled { cancel() }
        let (chunk, runsLow): (Result<ByteBuffer?, TransportError>, Bool) = await wait { [lowWater] state in
            // Known here at once, though the I/O thread may take a while to see it.
            if state.isCancelled {
                if case .failure(let error) = state.end { return (.failure(error), false) }
                return state.end == nil ? nil : (.failure(self.error(.cancelled, "cancelled")), false)
            }
            if let chunk = state.chunks.popFirst() {
                state.waiting -= chunk.readableBytes
                let runsLow = state.isHeld && state.waiting <= lowWater
                if runsLow { state.isHeld = false }
                return (.success(chunk), runsLow && state.end == nil)
            }
            return state.end.map { ($0.map { nil }, false) }
        }
        if runsLow { mailbox.post(.goOn(self)) }
        return try chunk.get()
    }

    /// Waits until `ready` gives an answer. One at a time.
    private func wait<T: Sendable>(
        isolation: isolated (any Actor)? = #isolation,
        _ ready: @escaping (inout State) -> T?
    ) async -> T {
        if let answer = state.withLock({ ready(&$0) }) { return answer }
        return await withTaskCancellationHandler {
            // Captured, so that this runs where the caller does, without another turn of its event loop.
            _ = isolation
            while true {
                var answer: T?
                await withCheckedContinuation { continuation in
                    answer = state.withLock { state in
                        if let answer = ready(&state) { return answer }
                        state.reader = continuation
                        return nil
                    }
                    if answer != nil { continuation.resume() }
                }
                if let answer { return answer }
            }
        } onCancel: {
            cancel()
        }
    }
}
