# Ruby's ffi-rzmq: PUSH/PULL, a poller over two sockets, PAIR between threads, and error codes.
require 'ffi-rzmq'

def must(holds, otherwise)
  abort "failed: #{otherwise}" unless holds
end

context = ZMQ::Context.new
pulls = %w[ipc://one ipc://two].map do |at|
  pull = context.socket(ZMQ::PULL)
  must(ZMQ::Util.resultcode_ok?(pull.bind(at)), "cannot bind #{at}: #{ZMQ::Util.error_string}")
  pull
end
pushes = %w[ipc://one ipc://two].map do |at|
  push = context.socket(ZMQ::PUSH)
  push.connect(at)
  push
end
poller = ZMQ::Poller.new
pulls.each { |pull| poller.register_readable(pull) }
100.times { |number| pushes[number % 2].send_strings([number.to_s, 'x' * number * 100]) }
got = []
while got.size < 100
  must(poller.poll(40_000) > 0, "only #{got.size} messages arrived")
  poller.readables.each do |pull|
    frames = []
    pull.recv_strings(frames)
    must(frames[1] == 'x' * frames[0].to_i * 100, "message #{frames[0]} is another one")
    got << frames[0].to_i
  end
end
must(got.sort == (0...100).to_a, 'a message came twice')

here = context.socket(ZMQ::PAIR)
here.bind('inproc://pair')
thread = Thread.new do
  there = context.socket(ZMQ::PAIR)
  there.connect('inproc://pair')
  word = +''
  there.recv_string(word)
  there.send_string(word.reverse)
  there.close
end
here.send_string('abc')
word = +''
here.recv_string(word)
thread.join
must(word == 'cba', "the thread answered #{word}")

must(here.recv_string(word, ZMQ::DONTWAIT) == -1 && ZMQ::Util.errno == ZMQ::EAGAIN, 'nothing was there, and it was received')
[here, *pulls, *pushes].each(&:close)
context.terminate
puts "ffi-rzmq on #{LibZMQ.version.values.join('.')}: 100 messages through a poller, PAIR with a thread, EAGAIN"
