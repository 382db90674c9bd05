import CLinux
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A pipe whose reading end is the test's.
final class Pipe {
    let reading: CInt
    let writing: CInt

    init() throws {
        var ends: [CInt] = [-1, -1]
        // Programs that other tests start meanwhile must not hold its ends: reading would never come to an end.
        try #require(pipe2(&ends, O_CLOEXEC) == 0)
        (reading, writing) = (ends[0], ends[1])
    }

    deinit { close(reading) }

    func closeWriting() { close(writing) }

    /// Everything until the writing end is closed.
    func all() -> String {
        var bytes: [UInt8] = []
        while let more = next() { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Waits for something; nil at the end.
    func next() -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = read(reading, &chunk, chunk.count)
        return count > 0 ? Array(chunk[..<count]) : nil
    }
}
