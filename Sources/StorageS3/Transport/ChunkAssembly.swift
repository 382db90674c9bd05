import CCurl
import NIOCore

/// Makes buffers of what curl hands out, 16 KiB at a time and less. Each byte is copied once.
struct ChunkAssembly {
    /// The smallest buffer, unless less is to come.
    private static let least = 16 << 10

    private var full: [ByteBuffer] = []
    private var filling: ByteBuffer?
    /// Bytes since the last delivery.
    private(set) var batch = 0
    /// The next buffer's size. Follows what one read brings, so that a slow connection does not fill large buffers with little.
    private var size: Int?

    mutating func append(_ bytes: UnsafeRawBufferPointer, _ transfer: Transfer) {
        if batch == 0 { filling = transfer.exchange.reclaim() }
        batch += bytes.count
        var rest = bytes[...]
        while !rest.isEmpty {
            let room = filling?.writableBytes ?? 0
            guard room > 0 else {
                turnOver(transfer)
                continue
            }
            filling?.writeBytes(UnsafeRawBufferPointer(rebasing: rest.prefix(room)))
            rest = rest.dropFirst(room)
        }
    }

    private mutating func turnOver(_ transfer: Transfer) {
        if let filling { full.append(filling) }
        let size = size ?? transfer.reactor.configuration.chunkSize
        filling = transfer.reactor.buffers.take(min(size, transfer.missing.map { Int(clamping: $0) } ?? size))
    }

    /// Everything since the last time.
    mutating func take(_ reactor: Reactor) -> [ByteBuffer] {
        guard batch > 0 else { return [] }
        let most = reactor.configuration.chunkSize
        let last = size ?? most
        size = batch >= last ? most : batch < last / 4 ? max(last / 2, Self.least) : last
        batch = 0
        defer { full = [] }
        if let filling { full.append(filling) }
        filling = nil
        for chunk in full where chunk.isMostlyFull { reactor.buffers.watch(chunk) }
        return full
    }
}

extension Transfer {
    /// The bytes of the body that have not come, when its length is known.
    var missing: Int64? {
        guard let easy else { return nil }
        let length = registryd_curl_offset(easy.raw, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
        return length < 0 ? nil : max(1, length - received)
    }
}
