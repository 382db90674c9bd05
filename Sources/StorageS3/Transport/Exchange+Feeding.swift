import NIOCore
import RegistryCore

// A streamed request body's way to the I/O thread.
extension Exchange {
    /// Pulls all of `sequence`, as fast as it is sent; returns early once nobody wants it any more.
    func feed(_ sequence: any AsyncSequence<ByteBuffer, any Error> & Sendable) async {
        do {
            for try await chunk in sequence where await !offer(chunk) { break }
            try Task.checkCancellation()
            end(.success(()))
        } catch {
            end(.failure(error))
        }
    }

    private func end(_ result: Result<Void, any Error>) {
        if state.withLock({ $0.source.finish(result) }) { mailbox.post(.goOn(self)) }
    }

    /// Returns when there is room for more. False: there is no need.
    private func offer(_ chunk: ByteBuffer) async -> Bool {
        if state.withLock({ $0.source.offer(chunk) }) { mailbox.post(.goOn(self)) }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.source.hasRoom || Task.isCancelled { return true }
                    state.source.feeder = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.source.feeder.take() }?.resume()
        }
        return !state.withLock { $0.source.isClosed } && !Task.isCancelled
    }
}

// The I/O thread's side.
extension Exchange {
    /// How many bytes of the stream went to `target`. nil: it has ended or failed; 0: it has nothing right now.
    func readSource(into target: UnsafeMutableRawBufferPointer) throws -> Int? {
        let (count, end, feeder) = state.withLock { state in
            let count = state.source.read(into: target)
            let end = count == 0 ? state.source.end : nil
            return (count, end, state.source.hasRoom ? state.source.feeder.take() : nil)
        }
        feeder?.resume()
        guard let end else { return count }
        try end.get()
        return nil
    }
}
