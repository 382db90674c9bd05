extension ObjectKey {
    /// The digest that it holds; nil: it holds none.
    package var digest: Digest? {
        let parts = description.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let algorithm = Digest.Algorithm(rawValue: String(parts[0])),
            let dot = parts[2].firstIndex(of: "."),
            let digest = Digest(algorithm, hex: String(parts[2][..<dot])),
            let id = UploadID(parts[2][parts[2].index(after: dot)...]), self == ObjectKey(digest, id)
        else { return nil }
        return digest
    }
}
