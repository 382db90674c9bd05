import Glibc
import NIOCore

/// A request's body on its way to curl, and how far it is.
struct BodySource {
    enum Read {
        /// None: the end.
        case bytes(Int)
        /// The stream has nothing right now; the exchange is told when it has.
        case dry
        case failed(String, (any Error)?)
    }

    private let body: TransportRequest.Body
    private let length: Int64
    private var offset: Int64 = 0
    /// The buffer that is being sent, and what is left of it.
    private var index = 0
    private var current = ByteBuffer()

    init(_ body: TransportRequest.Body) {
        self.body = body
        length = body.length
    }

    /// Back to the beginning. False: what was sent cannot be had again.
    mutating func rewind() -> Bool {
        if case .stream = body { return offset == 0 }
        offset = 0
        index = 0
        current = ByteBuffer()
        return true
    }

    mutating func read(into target: UnsafeMutableRawBufferPointer, _ exchange: Exchange) -> Read {
        // Some curls ask for more than they were told there is.
        let count = Int(min(Int64(target.count), length - offset))
        guard count > 0 else { return .bytes(0) }
        let read: Read
        let target = UnsafeMutableRawBufferPointer(rebasing: target[..<count])
        switch body {
        case .none: read = .bytes(0)
        case .buffers(let buffers): read = .bytes(fill(target, from: buffers))
        case .file(let descriptor, let start, _, _): read = fill(target, from: descriptor, at: start + offset)
        case .stream: read = fill(target, from: exchange)
        }
        if case .bytes(let count) = read { offset += Int64(count) }
        return read
    }

    private mutating func fill(_ target: UnsafeMutableRawBufferPointer, from buffers: [ByteBuffer]) -> Int {
        var count = 0
        while count < target.count {
            if current.readableBytes == 0 {
                guard index < buffers.count else { break }
                current = buffers[index]
                index += 1
            }
            count += current.read(into: UnsafeMutableRawBufferPointer(rebasing: target[count...]))
        }
        return count
    }

    private func fill(_ target: UnsafeMutableRawBufferPointer, from descriptor: CInt, at offset: Int64) -> Read {
        while true {
            let count = pread(descriptor, target.baseAddress, target.count, off_t(offset))
            if count > 0 { return .bytes(count) }
            if count == 0 { return .failed("the file to send ends at byte \(offset), before its length", nil) }
            if errno != EINTR { return .failed("reading the file to send: \(String(cString: strerror(errno)))", nil) }
        }
    }

    private func fill(_ target: UnsafeMutableRawBufferPointer, from exchange: Exchange) -> Read {
        do {
            guard let count = try exchange.readSource(into: target) else {
                return .failed("the stream to send ended after \(offset) of its \(length) bytes", nil)
            }
            return count > 0 ? .bytes(count) : .dry
        } catch {
            return .failed("the stream to send failed", error)
        }
    }
}
