FROM python:3.13-slim
WORKDIR /build
COPY pyproject.toml hatch_build.py constraints.txt README.md LICENSE ./
COPY src src
RUN pip install --no-cache-dir -c constraints.txt . && rm -rf /build && useradd --create-home kellet
USER kellet
WORKDIR /data
ENTRYPOINT ["kellet"]
