import Dispatch
import Logging
import RegistryCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The audit log as a file of JSON objects, a line each.
///
/// It is opened for every line, so that it can be renamed at any time to begin a new one, and every line is one write to its
/// end, so that a server and commands can share it.
final class AuditFile: AuditLog {
    let path: String
    private let logger: Logger
    private let now: @Sendable () -> WallTime
    /// Lines wait for the disk here and not on an event loop.
    private let queue = DispatchQueue(label: "registryd.audit")
    /// The last line was cut short by a full disk, so the next one ends it.
    private let isTorn = Mutex(false)

    init(_ path: String, logger: Logger, now: @escaping @Sendable () -> WallTime = { .now }) {
        self.path = path
        self.logger = logger
        self.now = now
    }

    func record(_ event: AuditEvent) async {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                append(event)
                continuation.resume()
            }
        }
    }

    private func append(_ event: AuditEvent) {
        var line = LogBuffer()
        // Taken here, so that times are in order.
        line.appendAudit(event, at: now())
        let wasTorn = isTorn.withLock { $0 }
        let bytes = wasTorn ? [UInt8(ascii: "\n")] + line.bytes : line.bytes
        let (written, failure) = Self.append(bytes, to: path)
        if written > 0 { isTorn.withLock { $0 = written < bytes.count } }
        guard let failure else { return }
        // The operator's log is the only place that is left for it.
        logger.error(
            "the audit log cannot be written",
            metadata: [
                "file": .string(path), "error": .string(failure),
                "line": .string(String(decoding: line.bytes.dropLast(), as: UTF8.self)),
            ]
        )
    }

    /// How many bytes were written, and why not all.
    private static func append(_ bytes: [UInt8], to path: String) -> (written: Int, failure: String?) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return (0, errnoText()) }
        defer { close(descriptor) }
        while true {
            let count = write(descriptor, bytes, bytes.count)
            if count == bytes.count { return (count, nil) }
            if count >= 0 { return (count, "only \(count) of \(bytes.count) bytes were written") }
            if errno != EINTR { return (0, errnoText()) }
        }
    }
}
