#if DEBUG
    @testable import RegistryHTTP
    @testable import StorageS3

    /// A Range header.
    func readRange(_ input: [UInt8]) throws {
        let header = String(decoding: input, as: UTF8.self)
        for size: Int64 in [0, 1, 100, 1 << 40, .max] {
            let ranges = ByteRanges(header, size: size)
            let list: [Range<Int64>]
            switch ranges {
            case .whole, .unsatisfiable: continue
            case .one(let range): list = [range]
            case .several(let several): list = several
            }
            try rule(list.count <= ByteRanges.most, "\(list.count) ranges")
            for range in list {
                try rule(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= size, "\(range) of \(size)")
            }
            let again = "bytes=" + list.map { "\($0.lowerBound)-\($0.upperBound - 1)" }.joined(separator: ",")
            try rule(ByteRanges(again, size: size) == ranges, "\(header) is not \(again)")
        }
    }

    /// A Content-Range header, as clients send it with a chunk and as S3 servers do with an object.
    func readContentRange(_ input: [UInt8]) throws {
        let header = String(decoding: input, as: UTF8.self)
        if let range = contentRange(header) {
            try rule(range.lowerBound >= 0 && range.upperBound < .max, "\(range)")
            try rule(contentRange("\(range.lowerBound)-\(range.upperBound)") == range, "\(header) is not \(range)")
        }
        if let content = ContentRange(header) {
            let (range, size) = (content.range, content.size)
            try rule(!range.isEmpty && range.lowerBound >= 0, "\(range)")
            try rule(range.upperBound <= size ?? .max, "\(range) of \(size ?? 0)")
            let again = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size.map { "\($0)" } ?? "*")"
            try rule(ContentRange(again) == content, "\(header) is not \(again)")
        }
    }
#endif
