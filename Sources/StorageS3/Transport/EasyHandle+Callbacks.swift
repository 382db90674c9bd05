import CCurl

// What curl calls while it works on a transfer; all on the I/O thread.
extension EasyHandle {
    func setCallbacks() {
        registryd_curl_set_callbacks(
            raw,
            { bytes, size, count, context in
                Transfer.at(context)?.take(header: UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
            },
            { bytes, size, count, context in
                Transfer.at(context)?.take(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
            },
            { bytes, size, count, context in
                let target = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
                return Transfer.at(context)?.send(into: target) ?? Int(CURL_READFUNC_ABORT)
            },
            { context, offset, origin in
                let isDone = offset == 0 && origin == SEEK_SET && Transfer.at(context)?.rewind() == true
                return isDone ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK
            },
            { context, _, _, _, _ in
                Transfer.at(context)?.begin() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            }
        )
    }

    /// Whose callbacks are to be called; nil: nobody's. The reactor keeps the transfer as long as that may happen.
    func setContext(_ transfer: Transfer?) {
        registryd_curl_set_context(raw, transfer.map { Unmanaged.passUnretained($0).toOpaque() })
    }
}

extension Transfer {
    fileprivate static func at(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }
}
