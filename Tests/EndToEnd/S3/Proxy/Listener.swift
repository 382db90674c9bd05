import Foundation
import Glibc
import S3Servers
import Synchronization

/// A port of loopback that can stop taking connections, and take them again, without ever being anybody else's.
final class Listener: Sendable {
    let port: UInt16
    private let descriptor: CInt
    private struct State {
        var listens = true
        var isClosed = false
    }
    private let state = Mutex(State())
    private let changed = DispatchSemaphore(value: 0)

    init() throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // A port that the system has chosen is given back when listening ends. One that was asked for by number stays.
        let port = UInt16(try freePort())
        self.port = port
        var on: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in.loopback(port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, listen(descriptor, 512) == 0 else { throw SystemError("listen on port \(port)") }
    }

    deinit { close(descriptor) }

    /// The next connection; nil: it was ended.
    func accept() -> CInt? {
        while true {
            if state.withLock({ $0.isClosed }) { return nil }
            let connection = Glibc.accept(descriptor, nil, nil)
            if connection >= 0 { return connection }
            // Stopped. Until it goes on, there is nothing to accept.
            if !state.withLock({ $0.listens }) { changed.wait() }
        }
    }

    /// From now on connections are refused.
    func stop() {
        state.withLock { state in
            guard state.listens else { return }
            state.listens = false
            shutdown(descriptor, CInt(SHUT_RDWR))
        }
    }

    func goOn() {
        state.withLock { state in
            guard !state.listens else { return }
            state.listens = true
            listen(descriptor, 512)
            changed.signal()
        }
    }

    func end() {
        state.withLock { state in
            state.isClosed = true
            shutdown(descriptor, CInt(SHUT_RDWR))
            changed.signal()
        }
    }
}
