import Glibc
import RegistryCore
import Synchronization

/// Something that happens once, in one thread, and that another waits for.
final class Flag: Sendable {
    private enum State {
        case down
        case awaited([CheckedContinuation<Void, Never>])
        case up
    }

    private let state = Mutex(State.down)

    var isUp: Bool { state.withLock { if case .up = $0 { true } else { false } } }

    func raise() {
        let waiting: [CheckedContinuation<Void, Never>] = state.withLock { state in
            defer { state = .up }
            if case .awaited(let waiting) = state { return waiting }
            return []
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isUp = state.withLock { state in
                switch state {
                case .up: return true
                case .down: state = .awaited([continuation])
                case .awaited(let others): state = .awaited(others + [continuation])
                }
                return false
            }
            if isUp { continuation.resume() }
        }
    }

    /// For a thread of the server's.
    func block() { while !isUp { sched_yield() } }
}
