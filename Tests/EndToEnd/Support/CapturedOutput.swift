import Foundation
import Glibc
import Synchronization

/// What a program writes to a pipe, read by a thread until the last writer is gone.
final class CapturedOutput: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isAtEnd = false
    }
    private let state = Mutex(State())

    init(reading descriptor: CInt) {
        Thread { [self] in
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = read(descriptor, &chunk, chunk.count)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { break }
                state.withLock { $0.bytes.append(contentsOf: chunk[..<count]) }
            }
            close(descriptor)
            state.withLock { $0.isAtEnd = true }
        }.start()
    }

    /// So far.
    var text: String { String(decoding: state.withLock { $0.bytes }, as: UTF8.self) }

    var isAtEnd: Bool { state.withLock { $0.isAtEnd } }
}
