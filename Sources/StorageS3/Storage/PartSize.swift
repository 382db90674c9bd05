/// The length of all parts of an upload but the last, in bytes.
enum PartSize {
    /// What S3 takes, but for the last part.
    static let least: Int64 = 5 << 20
    static let largest: Int64 = 5 << 30
    static let largestObject: Int64 = 5 << 40

    /// As configured, or as large as it takes for `length` bytes in 10,000 parts.
    static func of(_ length: Int64?, configured: Int64) -> Int64 {
        guard let length else { return configured }
        let most = Int64(S3Client.largestPartNumber)
        let needed = (length + most - 1) / most
        let unit: Int64 = 1 << 20
        return max(configured, (needed + unit - 1) / unit * unit)
    }
}
