import NIOCore
import RegistryCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes a file from its beginning to its end. Blocks.
final class FileWriter: Sendable {
    private let path: String
    private let descriptor: CInt

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandFailure(.failure, "opening \(path): \(errnoText())") }
    }

    deinit { close(descriptor) }

    func write(_ buffer: ByteBuffer) throws(CommandFailure) {
        let failure = LogOutput(descriptor: descriptor).write(Array(buffer.readableBytesView))
        guard failure == 0 else { throw CommandFailure(.failure, "writing \(path): \(errnoText(failure))") }
    }
}
