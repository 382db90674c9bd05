#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An open file that log lines are written to. Not closed here: it is the process's standard error, or a test's pipe.
struct LogOutput: Sendable {
    let descriptor: CInt

    static let standardError = LogOutput(descriptor: STDERR_FILENO)

    /// Blocks until everything is written. What cannot be written is lost: the log has nowhere to complain. Returns why, as
    /// errno has it, or 0.
    @discardableResult
    func write(_ bytes: [UInt8]) -> CInt {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = sysWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest))
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    // Somebody who shares the terminal or pipe with us has made it non-blocking.
                    var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = Self.poll(&poll)
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }

    private static func poll(_ entry: inout pollfd) -> CInt {
        #if canImport(Glibc)
            Glibc.poll(&entry, 1, -1)
        #else
            Musl.poll(&entry, 1, -1)
        #endif
    }

    private func sysWrite(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}

/// Runs `body` on a thread of its own.
func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let failure = pthread_create(
        &thread, nil,
        { argument in
            if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        }, box.toOpaque())
    if failure == 0 {
        pthread_detach(thread)
    } else {
        box.release()
    }
}
