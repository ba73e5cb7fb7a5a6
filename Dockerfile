# The API; the same image runs the indexer (see compose.yaml).
#
# On Linux the default build of torch brings several GB of CUDA packages. Without a GPU, pass the
# address of PyTorch's CPU wheel index, which its installation page names:
#     docker build --build-arg PIP_EXTRA_INDEX_URL=ADDRESS -t peptide-evidence-search .
# PIP_INDEX_URL replaces the default package index in the same way. Both end up in the image's
# history: no passwords in them.
FROM python:3.11-slim

ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ENV PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore PYTHONUNBUFFERED=1

WORKDIR /app

# The dependencies are layers of their own: a change of the code installs none of them again.
COPY pyproject.toml constraints.txt ./
RUN pip install -c constraints.txt torch
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > requirements.txt \
    && pip install -c constraints.txt -r requirements.txt \
    && rm requirements.txt

COPY . .
RUN pip install --no-deps -e .

# A new named volume takes over the owner of the folder it is mounted on.
RUN useradd --uid 10001 --create-home app && install -d -o app -g app /data/index
USER app
ENV INDEX_DIR=/data/index
VOLUME /data/index

EXPOSE 8000
# An answer other than 2xx raises, so the check fails while no index is open.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["python", "-m", "search_api", "--host", "0.0.0.0", "--port", "8000"]
