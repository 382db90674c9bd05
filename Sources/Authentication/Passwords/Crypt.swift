internal import CCrypt

/// libxcrypt's calls, which take any scheme that it knows.
enum Crypt {
    /// The scheme, its cost, and a fresh salt: what ``hash(_:_:)`` takes for a new password. nil: libxcrypt refuses.
    ///
    /// - Parameter cost: 0: what libxcrypt holds for enough today.
    static func setting(_ scheme: String, cost: UInt = 0) -> String? {
        // 128 bits, as passwd takes.
        let random = randomBytes(16).map { CChar(bitPattern: $0) }
        var setting = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        let result = crypt_gensalt_rn(scheme, cost, random, CInt(random.count), &setting, CInt(setting.count))
        return result.map { String(cString: $0) }
    }

    /// The password's hash, which begins with its setting. nil: libxcrypt refuses the setting or the password, or the
    /// system has no memory for it; it does not tell which.
    ///
    /// - Parameter setting: from ``setting(_:cost:)``, or another hash.
    static func hash(_ password: String, _ setting: String) -> [UInt8]? {
        // Its scratch space is too large for a thread's stack; libxcrypt erases it itself.
        let size = MemoryLayout<crypt_data>.size
        let data = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
        defer { data.deallocate() }
        data.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        guard let result = crypt_rn(password, setting, data, CInt(size)) else { return nil }
        let hash = String(cString: result)
        return hash.hasPrefix("*") ? nil : Array(hash.utf8)
    }
}
