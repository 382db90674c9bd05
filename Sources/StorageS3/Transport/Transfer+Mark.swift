import CCurl
import Glibc

// When the I/O thread hears of a body's bytes. A server that writes 32 KiB at a time would wake it, and the reader after it, for
// each of them, and the waking takes more processor time than the bytes. So while a lot is to come the kernel waits for a whole
// chunk (socket(7), SO_RCVLOWAT), but never for longer than a moment: nobody notices it, and a slow server is as slow as it is.
extension Transfer {
    /// A chunk has this long to come before what there is of it is taken.
    private static let patience = Duration.milliseconds(10)

    /// How many bytes the kernel waits for on this transfer's connection.
    struct Mark {
        fileprivate(set) var socket: CInt = -1
        fileprivate var isRaised = false
        /// The last offset in the body behind which there is a whole chunk, while it is raised.
        fileprivate var end = Int64.max
    }

    /// curl has chosen a connection for it, perhaps not for the first time.
    func isUsing(_ socket: CInt) {
        if mark.socket != socket { mark = Mark(socket: socket) }
    }

    /// Bytes have come. Waits for whole chunks from now on, if there are enough of them.
    func raiseMark() {
        let chunk = Int64(reactor.configuration.chunkSize)
        guard !mark.isRaised, let missing, missing >= 2 * chunk, set(CInt(clamping: chunk)) else { return }
        mark.isRaised = true
        mark.end = received + missing - chunk
        keepMark()
    }

    /// Has another look taken at it in time.
    func keepMark() {
        if mark.isRaised { reactor.nextEasing = min(reactor.nextEasing, reactor.now.adding(Self.patience)) }
    }

    /// More bytes have come. The last ones are heard of at once, and so is the answer to the next request on this connection.
    func lowerMarkNearEnd() {
        if received > mark.end { lowerMark() }
    }

    /// Takes what there is, if that took too long: when to look again. nil: no need.
    func easeMark() -> MonotonicTime? {
        guard mark.isRaised, !isHeld else { return nil }
        let limit = lastActivity.adding(Self.patience)
        if limit > reactor.now { return limit }
        lowerMark()
        return nil
    }

    private func lowerMark() {
        _ = set(1)
        mark.isRaised = false
        mark.end = .max
    }

    /// False: it cannot be set, and the socket is heard of with each byte.
    private func set(_ bytes: CInt) -> Bool {
        var bytes = bytes
        return setsockopt(mark.socket, SOL_SOCKET, SO_RCVLOWAT, &bytes, socklen_t(MemoryLayout<CInt>.size)) == 0
    }
}

extension Reactor {
    /// No chunk has been waited for long enough before `nextEasing`.
    func easeMarks() {
        nextEasing = transfers.values.reduce(.max) { next, transfer in min(next, transfer.easeMark() ?? .max) }
    }
}
