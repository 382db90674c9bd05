import CCurl
import Glibc

/// The sockets that curl wants to hear of, in an epoll.
struct Sockets {
    private let epoll: CInt
    private let bell: CInt
    private var registered: [CInt: UInt32] = [:]
    private var events = [epoll_event](repeating: epoll_event(), count: 64)

    /// The bell rings with each write to it: edge-triggered, so nobody has to read it.
    init(_ mailbox: Mailbox) {
        epoll = mailbox.epoll
        bell = mailbox.bell
        control(EPOLL_CTL_ADD, bell, EPOLLIN.rawValue | EPOLLET.rawValue)
    }

    /// What curl wants to know of `socket`: CURL_POLL_….
    mutating func want(_ socket: CInt, _ wanted: CInt) {
        let events =
            (wanted & CURL_POLL_IN != 0 ? EPOLLIN.rawValue : 0) | (wanted & CURL_POLL_OUT != 0 ? EPOLLOUT.rawValue : 0)
        guard events != 0 else { return remove(socket) }
        let known = registered.updateValue(events, forKey: socket)
        guard known != events else { return }
        // The number may be another socket's by now, of which the epoll knows nothing.
        if known == nil || !control(EPOLL_CTL_MOD, socket, events) { control(EPOLL_CTL_ADD, socket, events) }
    }

    /// With nothing to wait for it has to go, as errors and hang-ups are reported all the same, again and again.
    mutating func remove(_ socket: CInt) {
        // It may be closed already, and then the epoll has forgotten it by itself.
        if registered.removeValue(forKey: socket) != nil { control(EPOLL_CTL_DEL, socket, 0) }
    }

    @discardableResult
    private func control(_ operation: CInt, _ socket: CInt, _ events: UInt32) -> Bool {
        var event = epoll_event()
        event.events = events
        event.data.fd = socket
        return epoll_ctl(epoll, operation, socket, &event) == 0
    }

    /// What happened within so many milliseconds; -1: however long it takes. nil: nothing, and the time is over.
    mutating func wait(_ milliseconds: CInt) -> [(socket: CInt, what: CInt)]? {
        let count = epoll_wait(epoll, &events, CInt(events.count), milliseconds)
        if count == 0 { return nil }
        return events.prefix(max(0, Int(count))).compactMap { event in
            let socket = event.data.fd
            guard socket != bell else { return nil }
            let ready = event.events
            var what: CInt = 0
            if ready & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { what |= CURL_CSELECT_IN }
            if ready & EPOLLOUT.rawValue != 0 { what |= CURL_CSELECT_OUT }
            if ready & EPOLLERR.rawValue != 0 { what |= CURL_CSELECT_ERR }
            return (socket, what)
        }
    }
}
